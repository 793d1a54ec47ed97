package store_test

import (
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func TestAccess_FollowsTask(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1006") // bookkeeping: maja and nils, year end: maja, payroll: nils
		o = b.invited(t, o)
		b.wantAccess(t, o)
		must(t, b.approve(ctx, approval(o)))
		b.wantAccess(t, o, "emp-maja", "emp-nils")
		for n, step := range []struct {
			task string
			want []string
		}{
			{"t-1006-3", []string{"emp-nils"}},
			{"t-1006-2", []string{"emp-maja"}},
			{"t-1006-1", []string{"emp-maja", "emp-nils"}},
		} {
			must(t, b.ChangeActivation(ctx, changeTask(o, string(rune('a'+n)), step.task)))
			b.wantAccess(t, o, step.want...)
			if r := b.record(t, o.Activation); r.TaskID != step.task {
				t.Errorf("on task %s, want %s", r.TaskID, step.task)
			}
		}
		must(t, b.EndCollaboration(ctx, endOf(o)))
		b.wantAccess(t, o)
	})
}

func changeTask(o collaboration.Order, id, task string) message.Command {
	return message.Command{ID: id, Activation: o.Activation, By: "emp-nils", At: noon, Change: &collaboration.Change{TaskID: task}}
}

func (b backend) wantAccess(t *testing.T, o collaboration.Order, want ...string) {
	t.Helper()
	got, err := b.Access(ctx, o.Activation)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("access %q, want %q", got, want)
	}
	people, err := b.Employees(ctx, office) // by name, as the list
	must(t, err)
	var names []string
	for _, p := range people {
		if slices.Contains(want, p.ID) {
			names = append(names, p.Name)
		}
	}
	for _, of := range []string{office, "office-2"} {
		all, err := b.AccessOn(ctx, of, []collaboration.Activation{b.record(t, o.Activation)})
		if must(t, err); of != office {
			names = nil
		}
		if !slices.Equal(all[o.Activation], names) {
			t.Errorf("of %s %q may use it, want %q", of, all[o.Activation], names)
		}
	}
}

// TestAccessOn_OnePage: AccessOn returns the access of the page's activations only.
func TestAccessOn_OnePage(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		if none, err := b.AccessOn(ctx, office, nil); err != nil || len(none) != 0 {
			t.Errorf("%v %v", none, err)
		}
		var page []collaboration.Activation
		for n, customer := range []string{"c-1001", "c-1003", "c-1004", "c-1006"} {
			o := orderFor(customer)
			o.RequestedAt = noon.AddDate(0, 0, n)
			page = append(page, b.record(t, b.active(t, o).Activation))
		}
		all, err := b.AccessOn(ctx, office, []collaboration.Activation{page[3], page[1]}) // without one in between
		must(t, err)
		if len(all) != 2 || len(all[page[1].ID]) == 0 || len(all[page[3].ID]) == 0 {
			t.Errorf("access %v", all)
		}
		if others, err := b.AccessOn(ctx, "office-2", page); err != nil || len(others) != 0 {
			t.Errorf("another office sees %v, %v", others, err)
		}
	})
}

// TestAccessOn_InAlphabeticalOrder: both databases order names by the Swedish alphabet.
func TestAccessOn_InAlphabeticalOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		a := b.record(t, b.active(t, orderFor("c-1004")).Activation)
		employees, err := b.Access(ctx, a.ID)
		must(t, err)
		if len(employees) < 2 {
			t.Fatalf("access %v, want two employees at least", employees)
		}
		for n, name := range []string{"Ärla Ek", "Åke Ek"} {
			must(t, b.exec("UPDATE employees SET name = '"+name+"' WHERE id = '"+employees[n]+"'"))
		}
		all, err := b.AccessOn(ctx, office, []collaboration.Activation{a})
		must(t, err)
		if names := all[a.ID]; !slices.Equal(names[len(names)-2:], []string{"Åke Ek", "Ärla Ek"}) {
			t.Errorf("access %q", names)
		}
	})
}

func TestChangeActivation_RejectsTaskOfAnotherCustomer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		for task, code := range map[string]collaboration.Code{
			"t-1003-1": collaboration.CodeTaskOfAnotherCustomer,
			"t-2001-1": collaboration.CodeTaskNotFound, // another office's
			"t-0":      collaboration.CodeTaskNotFound,
		} {
			wantCode(t, b.ChangeActivation(ctx, changeTask(o, "m-"+task, task)), code)
		}
		if r := b.record(t, o.Activation); r.TaskID != o.TaskID {
			t.Errorf("on task %s", r.TaskID)
		}
	})
}

func TestChangeActivation_ChangesOffer(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		o.Prices = collaboration.PayerPrices{Office: price, Customer: higherPrice}
		o = b.invited(t, o)
		paused, period := true, collaboration.Period{Start: collaboration.NextMonth}
		must(t, b.ChangeActivation(ctx, message.Command{ID: "m-1", Activation: o.Activation, By: "emp-nils", At: noon, Change: &collaboration.Change{
			InvoiceRecipient: collaboration.PaidByCustomer, Period: &period, AgreementMonths: 3, RemindersPaused: &paused,
		}}))
		r := b.record(t, o.Activation)
		if r.InvoiceRecipient != collaboration.PaidByCustomer || r.Price() != higherPrice || r.Period != period || r.AgreementMonths != 3 || !r.RemindersPaused {
			t.Errorf("got %+v", r)
		}
		d, err := b.BeginMail(ctx, invitation(o, 2), "")
		must(t, err)
		if m := d.Mail.Order; m.InvoiceRecipient != collaboration.PaidByCustomer || m.Price() != higherPrice || m.Period != period || m.AgreementMonths != 3 {
			t.Errorf("the mail says %+v", m)
		}
	})
}

func TestChangeActivation_ChangesInvoiceRecipient(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		must(t, b.ChangeActivation(ctx, change(o, "")))
		if s := b.customer(t, "c-1004").Subscriptions; len(s) != 1 || s[0].InvoiceRecipient != collaboration.PaidByCustomer {
			t.Errorf("subscriptions %+v", s)
		}
	})
}

func TestForwardInvitation_ChangesRecipient(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1003"))
		must(t, b.ForwardInvitation(ctx, message.Command{ID: "m-1", Activation: o.Activation, Administrator: "a-1003-2", By: "emp-nils", At: noon}))
		b.wantMailTo(t, o, 2, "ture@blabarsbageriet.example")
		// The recipient is an existing administrator: the customer's data, not the invitation's.
		wantCode(t, b.correct(o, "m-2", "ture@nya.example"), collaboration.CodeAddressNotCorrectable)
		err := b.ForwardInvitation(ctx, message.Command{ID: "m-3", Activation: o.Activation, Administrator: "a-1001", By: "emp-nils", At: noon})
		wantCode(t, err, collaboration.CodeAdministratorNotFound)
	})
}

func (b backend) wantMailTo(t *testing.T, o collaboration.Order, generation int, address string) {
	t.Helper()
	d, err := b.BeginMail(ctx, invitation(o, generation), "")
	must(t, err)
	must(t, b.FinishMail(ctx, invitation(o, generation), "", collaboration.DeliveryAccepted, ""))
	if r := b.record(t, o.Activation); d.Mail.To.Email != address || r.InvitedEmail != address || r.InvitedID != d.Mail.To.ID {
		t.Errorf("mailed to %s, recorded %s", d.Mail.To.Email, r.InvitedEmail)
	}
}

func TestAddressees_ReceiveNotifications(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1008") // the task is nils's, the request maja's
		o = b.active(t, o)
		_, err := b.raw.Exec("UPDATE offices SET locale = 'en' WHERE id = $1", office)
		must(t, err)
		for kind, want := range map[collaboration.NotificationKind][]string{
			collaboration.NotificationReminder: {""},
			collaboration.NotificationExpired:  {"emp-maja", "emp-nils"},
			collaboration.NotificationDeclined: {"", "emp-maja", "emp-nils"},
			collaboration.NotificationApproved: {"", "emp-maja", "emp-nils"},
		} {
			l := collaboration.Notification{Activation: o.Activation, Kind: kind, Number: 1, By: collaboration.ActorSystem, At: noon}
			to, err := b.Addressees(ctx, l)
			must(t, err)
			if !slices.Equal(to, want) {
				t.Errorf("%s goes to %q, want %q", kind, to, want)
			}
			if kind == collaboration.NotificationReminder {
				continue
			}
			for _, employee := range to {
				d, err := b.BeginMail(ctx, l, employee)
				must(t, err)
				if d.Mail.ToOffice != (employee != "") || d.Mail.ToOffice != (d.Mail.OfficeLocale == collaboration.English) || d.Mail.To.Email == "" || d.Mail.Agreement == nil {
					t.Errorf("%s to %q: %+v", kind, employee, d.Mail)
				}
				must(t, b.FinishMail(ctx, l, employee, collaboration.DeliveryAccepted, ""))
				must(t, b.FinishMail(ctx, l, employee, collaboration.DeliveryAccepted, ""))
			}
		}
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE action = 'notification_sent'"); n != 8 {
			t.Errorf("%d notifications in the audit, want 8", n)
		}
	})
}

// The compensation removes a new customer's administrator before the decline is confirmed.
func TestDeclined_ConfirmedToRemovedAdministrator(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1009"))
		r := b.record(t, o.Activation)
		must(t, b.RemoveAdministrator(ctx, compensationOf(o)))
		c := closing(o, collaboration.Declined)
		c.Decision = &collaboration.Decision{ID: "d", Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, By: r.InvitedID, At: noon}
		must(t, b.CloseActivation(ctx, c))
		for _, administrator := range []string{r.InvitedID, "", "another system's"} {
			n := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationDeclined, Administrator: administrator, By: r.InvitedID, At: noon}
			d, err := b.BeginMail(ctx, n, "")
			if err != nil || d.Mail.To.Email != r.InvitedEmail || d.Mail.To.Name != r.InvitedName || d.Mail.DecidedBy != r.InvitedName || d.Mail.ToOffice {
				t.Errorf("to %q: mailed to %+v, %v; invited %s, answered by %q", administrator, d.Mail.To, err, r.InvitedEmail, d.Mail.DecidedBy)
			}
		}
	})
}

func TestReminder_ChangesNothingElse(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1004"))
		before := b.record(t, o.Activation)
		l := collaboration.Notification{Activation: o.Activation, Kind: collaboration.NotificationReminder, Generation: 1, Number: 1, By: collaboration.ActorSystem, At: noon.AddDate(0, 0, 4)}
		_, err := b.BeginMail(ctx, l, "")
		must(t, err)
		must(t, b.FinishMail(ctx, l, "", collaboration.DeliveryAccepted, "provider-2"))
		after := b.record(t, o.Activation)
		if !after.RemindedAt.Equal(l.At) || after.SentAt != before.SentAt || after.ExpiresAt != before.ExpiresAt || after.State != before.State {
			t.Errorf("got %+v", after)
		}
		must(t, b.CloseActivation(ctx, closing(o, collaboration.Withdrawn)))
		l.Number = 2
		_, err = b.BeginMail(ctx, l, "")
		wantCode(t, err, collaboration.CodeNotPending)
	})
}

func TestNameMainContact(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		must(t, b.NameMainContact(ctx, office, "c-1003", "a-1003-2", "emp-maja"))
		if main, ok := b.customer(t, "c-1003").MainContact(); !ok || main.ID != "a-1003-2" {
			t.Errorf("main contact %+v", main)
		}
		wantCode(t, b.NameMainContact(ctx, office, "c-1003", "a-1001", "emp-maja"), collaboration.CodeAdministratorNotFound)
		wantCode(t, b.NameMainContact(ctx, office, "c-2001", "a-2001", "emp-maja"), collaboration.CodeCustomerNotFound)
	})
}
