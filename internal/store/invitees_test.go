package store_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// withColleagues adds an administrator, and one who is also an employee of the office.
func (b backend) withColleagues(t *testing.T, customerID string) {
	t.Helper()
	must(t, b.exec(
		"INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) VALUES ('a-second', '"+customerID+"', 'Bo Lind', 'bo@kund.example', '', FALSE)",
		"INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) VALUES ('a-nils', '"+customerID+"', 'Nils Berg', 'NILS@ekstroms.example', '', FALSE)",
	))
}

func (b backend) mailTo(t *testing.T, n collaboration.Notification, administrator string, status collaboration.DeliveryStatus) string {
	t.Helper()
	n.Administrator = administrator
	d, err := b.BeginMail(ctx, n, "")
	must(t, err)
	if status == collaboration.DeliveryFailed {
		must(t, b.FailMail(ctx, n, "", collaboration.CodeMailRejected))
	} else {
		must(t, b.FinishMail(ctx, n, "", status, ""))
	}
	if d.Mail.To.ID != administrator {
		t.Errorf("mailed to %s, want %s", d.Mail.To.ID, administrator)
	}
	return d.Mail.DeliveryID
}

func (b backend) wantInvitees(t *testing.T, n collaboration.Notification, want ...string) {
	t.Helper()
	got, err := b.Invitees(ctx, n)
	must(t, err)
	if n.Kind == collaboration.NotificationReminder { // in any order
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s goes to %q, want %q", n.Kind, got, want)
	}
}

// An invitation goes to every administrator who is no employee of the office. Each mail has
// its own status, and a bounce excludes its recipient from the reminders.
func TestInvitees_BounceOfOne(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		b.withColleagues(t, "c-1004")
		n, reminder := invitation(o, 1), collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationReminder, Generation: 1, Number: 1, By: collaboration.ActorSystem, At: noon}
		main, _ := b.customer(t, "c-1004").MainContact()
		b.wantInvitees(t, n, main.ID, "a-second")
		first := b.mailTo(t, n, main.ID, collaboration.DeliveryAccepted)
		second := b.mailTo(t, n, "a-second", collaboration.DeliveryAccepted)
		b.wantInvitees(t, reminder, main.ID, "a-second")

		report := b.mailEvent(t, second, collaboration.DeliveryBounced)
		if r := report.Report; !r.Partial || r.Administrator != "a-second" {
			t.Errorf("reported %+v", r)
		}
		r := b.record(t, o.Activation)
		want := []collaboration.Invited{
			{AdministratorID: main.ID, Name: main.Name, Email: main.Email, Delivery: collaboration.DeliveryAccepted},
			{AdministratorID: "a-second", Name: "Bo Lind", Email: "bo@kund.example", Delivery: collaboration.DeliveryBounced},
		}
		if r.InvitedID != main.ID || r.Delivery != collaboration.DeliveryAccepted || !slices.Equal(r.Invited, want) {
			t.Errorf("%+v of %s, %s", r.Invited, r.InvitedID, r.Delivery)
		}
		b.wantInvitees(t, reminder, main.ID)
		must(t, b.exec("UPDATE administrators SET email = 'new@kund.example' WHERE id = 'a-second'"))
		bounced, err := b.BeginMail(ctx, collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationBounced, Generation: 1, Administrator: "a-second", By: collaboration.ActorSystem, At: noon}, "emp-maja")
		if err != nil || bounced.Mail.InvitedName != "Bo Lind" || bounced.Mail.InvitedEmail != "bo@kund.example" || !bounced.Mail.ToOffice {
			t.Errorf("notified of %s, %s, %v", bounced.Mail.InvitedName, bounced.Mail.InvitedEmail, err)
		}

		if r := b.mailEvent(t, first, collaboration.DeliveryBounced).Report; r.Partial {
			t.Errorf("every mail bounced: %+v", r)
		}
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryBounced {
			t.Errorf("the delivery is %s", r.Delivery)
		}
		b.wantInvitees(t, reminder)
	})
}

// A rejected mail to one recipient does not hide that another one received the invitation.
func TestInvitees_RejectionOfOne(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		b.withColleagues(t, "c-1004")
		main, _ := b.customer(t, "c-1004").MainContact()
		b.mailTo(t, invitation(o, 1), main.ID, collaboration.DeliveryFailed)
		b.mailTo(t, invitation(o, 1), "a-second", collaboration.DeliveryAccepted)
		if r := b.record(t, o.Activation); r.Delivery != collaboration.DeliveryAccepted || r.State != collaboration.AwaitingApproval || r.InvitedID != main.ID {
			t.Errorf("%s, %s, invited %s", r.State, r.Delivery, r.InvitedID)
		}
		forwarded := invitation(o, 2)
		forwarded.Administrator = "a-second"
		b.wantInvitees(t, forwarded, "a-second")
	})
}

// No employee of the office receives an invitation or a reminder, also one that was forwarded,
// and no removed administrator does. A deactivated employee is an employee no longer.
func TestInvitees_NeverEmployees(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.provisioned(t, orderFor("c-1004"))
		b.withColleagues(t, "c-1004")
		main, _ := b.customer(t, "c-1004").MainContact()
		b.mailTo(t, invitation(o, 1), main.ID, collaboration.DeliveryAccepted)
		b.mailTo(t, invitation(o, 1), "a-second", collaboration.DeliveryAccepted)
		must(t, b.exec("DELETE FROM administrators WHERE id = 'a-second'", "UPDATE administrators SET email = 'maja+kund@ekstroms.example' WHERE id = '"+main.ID+"'"))
		reminder := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationReminder, Generation: 1, Number: 1, By: collaboration.ActorSystem, At: noon}
		for name, n := range map[string]collaboration.Notification{"invitation": invitation(o, 2), "reminder": reminder} {
			for _, id := range []string{"a-nils", main.ID, "a-second"} { // the main contact takes the place of the last
				n.Administrator = id
				_, err := b.BeginMail(ctx, n, "")
				if collaboration.CodeOf(err) != collaboration.CodeEmployeeAddress {
					t.Errorf("%s to %s: %v", name, id, err)
				}
			}
		}
		_, err := b.Invitees(ctx, invitation(o, 2))
		wantCode(t, err, collaboration.CodeAdministratorMissing)
		must(t, b.exec("UPDATE employees SET deactivated_at = CURRENT_TIMESTAMP WHERE id = 'emp-nils'"))
		b.wantInvitees(t, invitation(o, 2), "a-nils")
	})
}

// The first request for a new invitation is an event and a need, until a later activation
// answers it.
func TestRequestInvitation_IsNeedUntilAnswered(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1008"))
		must(t, b.CloseActivation(ctx, closing(o, collaboration.Expired)))
		asked := noon.AddDate(0, 0, 40)
		must(t, b.RequestInvitation(ctx, o.Activation, "invitee", asked))
		must(t, b.RequestInvitation(ctx, o.Activation, "a-1008", asked.AddDate(0, 0, 1)))
		if r := b.record(t, o.Activation); !r.AskedAgainAt.Equal(asked) {
			t.Errorf("asked at %s", r.AskedAgainAt)
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'asked_again' AND actor = 'invitee'"); n != 1 {
			t.Errorf("%d events", n)
		}
		needs := func(want int) {
			t.Helper()
			v, err := b.Overview(ctx, office, asked)
			must(t, err)
			if v.AskedAgain != want || len(v.FirstAskedAgain) != want {
				t.Errorf("%d needs, %d shown, want %d", v.AskedAgain, len(v.FirstAskedAgain), want)
			}
		}
		needs(1)
		later := orderFor("c-1008")
		later.RequestedAt = asked.AddDate(0, 0, 2)
		b.opened(t, later)
		needs(0)

		running := b.active(t, orderFor("c-1004"))
		wantCode(t, b.RequestInvitation(ctx, running.Activation, "invitee", asked), collaboration.CodeAlreadyDecided)
	})
}

// The history names administrators who were removed since, until they are erased.
func TestEvents_NameRemovedPeople(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		main, _ := b.customer(t, "c-1004").MainContact()
		b.withColleagues(t, "c-1004")
		must(t, b.RecordAgreement(ctx, message.AmendmentInput{ID: "n", Activation: o.Activation, Action: collaboration.ActionNoticeGiven,
			Agreement: collaboration.Agreement{StartsOn: collaboration.DateOf(noon), Months: 12, Term: 1}, By: "a-second", At: noon}))
		must(t, b.EndCollaboration(ctx, message.EndInput{Activation: o.Activation, CustomerID: "c-1004", SolutionID: o.SolutionID, OnEnd: collaboration.ReadOnly, By: main.ID, At: noon}))
		must(t, b.exec("DELETE FROM administrators WHERE customer_id = 'c-1004'"))
		names := func() map[collaboration.Action]string {
			events, err := b.Events(ctx, o.Activation, 0)
			must(t, err)
			all := map[collaboration.Action]string{}
			for _, e := range events {
				all[e.Action] = e.ByName
			}
			return all
		}
		got := names()
		for action, want := range map[collaboration.Action]string{
			collaboration.ActionRequested: "Maja Ekström", collaboration.ActionNoticeGiven: "Bo Lind", collaboration.ActionCollaborationEnded: main.Name,
		} {
			if got[action] != want {
				t.Errorf("%s is by %q, want %q", action, got[action], want)
			}
		}
		must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
		if got := names(); got[collaboration.ActionNoticeGiven] != "" || got[collaboration.ActionCollaborationEnded] != "" {
			t.Errorf("after the erasure: %v", got)
		}
	})
}
