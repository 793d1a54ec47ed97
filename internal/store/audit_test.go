package store_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/collaboration/message"
	"countersign/internal/auditkey"
	"countersign/internal/rehearsal"
)

// exported returns an activation's audit as a file, and the report of its verification.
func (b backend) exported(t *testing.T, o collaboration.Order) (collaboration.AuditFile, collaboration.AuditReport) {
	t.Helper()
	file, err := b.Audit(ctx, o.Activation)
	must(t, err)
	encoded, err := json.Marshal(file)
	must(t, err)
	report, err := collaboration.VerifyAudit(bytes.NewReader(encoded))
	must(t, err)
	return file, report
}

func TestAudit_VerifiesWholeLifecycle(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		b.renewedAndEnded(t, o)
		file, report := b.exported(t, o)
		if report.Rows != 12 || report.Erased != 0 || report.LastHash != file.LastHash {
			t.Errorf("report %+v", report)
		}
		private := 0
		for _, r := range file.Rows {
			if r.Private != "" {
				private++
				if !strings.Contains(r.Private, "asa@kund.example") {
					t.Errorf("%s keeps %s", r.Action, r.Private)
				}
			}
		}
		if private != 4 { // created, queued, sent, approved
			t.Errorf("%d rows with a personal part, want 4", private)
		}
	})
}

// TestAudit_StoresRecipient: the personal part of a row has the mail's recipient. A
// mail to the office has no personal part.
func TestAudit_StoresRecipient(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1003"))
		mail := func(l collaboration.Notification, employee string, meanwhile func()) {
			_, err := b.BeginMail(ctx, l, employee)
			must(t, err)
			meanwhile()
			must(t, b.FinishMail(ctx, l, employee, collaboration.DeliveryAccepted, ""))
		}
		notification := func(kind collaboration.NotificationKind) collaboration.Notification {
			return collaboration.Notification{Activation: o.Activation, Kind: kind, Number: 1, By: collaboration.ActorSystem, At: noon}
		}
		nothing := func() {}
		mail(invitation(o, 2), "", func() { // forwarded while the mail is being sent
			must(t, b.ForwardInvitation(ctx, message.Command{ID: "m-1", Activation: o.Activation, Administrator: "a-1003-2", By: "emp-nils", At: noon}))
		})
		mail(invitation(o, 3), "", nothing)
		contact := ""
		for _, a := range b.customer(t, "c-1003").Administrators {
			if a.CreatedBy == o.Activation {
				contact = a.ID
			}
		}
		must(t, b.ForwardInvitation(ctx, message.Command{ID: "m-2", Activation: o.Activation, Administrator: contact, By: "emp-nils", At: noon}))
		must(t, b.correct(o, "m-3", "asa@nya.example"))
		mail(notification(collaboration.NotificationReminder), "", nothing)
		start := approval(o)
		start.Decision.By = "a-1003" // not the invited administrator
		must(t, b.approve(ctx, start))
		mail(notification(collaboration.NotificationApproved), "", nothing)
		mail(notification(collaboration.NotificationApproved), "emp-maja", nothing)

		file, _ := b.exported(t, o)
		var got []string
		for _, r := range file.Rows {
			if r.Private != "" {
				got = append(got, string(r.Action)+" "+r.Private)
			}
		}
		hjordis, ture := `{"email":"hjordis@blabarsbageriet.example","name":"Hjördis Blåbär"}`, `{"email":"ture@blabarsbageriet.example","name":"Ture Blåbär"}`
		corrected := `{"email":"asa@nya.example","name":"Åsa Öberg"}`
		want := []string{
			`administrator_created {"email":"asa@kund.example","name":"Åsa Öberg","phone":"070-174 06 99"}`,
			"invitation_queued " + hjordis, "invitation_sent " + hjordis,
			"invitation_queued " + hjordis, "forwarded " + ture, `invitation_sent {"email":"hjordis@blabarsbageriet.example"}`,
			"invitation_queued " + ture, "invitation_sent " + ture,
			`forwarded {"email":"asa@kund.example","name":"Åsa Öberg"}`, "address_corrected " + corrected, "reminder_sent " + corrected,
			`approved {"answered_email":"hjordis@blabarsbageriet.example","answered_name":"Hjördis Blåbär",` + corrected[1:], "notification_sent " + corrected,
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("kept\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// TestAudit_ExportDuringErasure: an export reads one snapshot. It has either the
// personal parts with their commitments, or the row of the erasure.
func TestAudit_ExportDuringErasure(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		rounds := 5
		if rehearsal.Enabled {
			rounds = 20
		}
		for range rounds {
			o := b.invited(t, orderFor("c-1004"))
			must(t, b.CloseActivation(ctx, closing(o, collaboration.Withdrawn)))
			var done atomic.Bool
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for !done.Load() {
						if err := b.verified(o); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			must(t, b.EraseCustomer(ctx, office, "c-1004", "emp-maja", noon))
			done.Store(true)
			all.Wait()
		}
	})
}

func (b backend) verified(o collaboration.Order) error {
	file, err := b.Audit(ctx, o.Activation)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(file)
	if err != nil {
		return err
	}
	_, err = collaboration.VerifyAudit(bytes.NewReader(encoded))
	return err
}

// TestAudit_RejectsRowWithoutHash: triggers reject a row outside the chain, from any
// client.
func TestAudit_RejectsRowWithoutHash(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		insert := "INSERT INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, commitment%s) " +
			"SELECT activation_id, 2, office_id, 'another', action, actor, happened_at, detail, commitment%s FROM audit"
		for name, hash := range map[string][2]string{"none": {"", ""}, "null": {", hash", ", NULL"}, "empty": {", hash", ", ''"}} {
			if err := b.exec(fmt.Sprintf(insert, hash[0], hash[1])); err == nil || !strings.Contains(err.Error(), "constraint") {
				t.Errorf("%s: %v", name, err)
			}
		}
		must(t, b.exec(fmt.Sprintf(insert, ", hash", ", 'x'"))) // valid except for the hash
		if n := b.count(t, "SELECT COUNT(*) FROM audit WHERE activation_id = $1", string(o.Activation)); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})
}

// Every row is signed when it is written. The signed head of a row is in the webhook of its
// event, and in mails that confirm a change of the agreement.
func TestAudit_IsSigned(t *testing.T) {
	t.Parallel()
	signer, err := auditkey.New([][]byte{make([]byte, 32)}, nil)
	must(t, err)
	onBoth(t, func(t *testing.T, b backend) {
		b.SignAudit(signer)
		o := b.active(t, orderFor("c-1004"))
		file, _ := b.exported(t, o)
		if err := anchor.Check(file, signer.Keys()); err != nil || len(file.Rows) == 0 {
			t.Fatalf("%d rows, %v", len(file.Rows), err)
		}
		last := file.Rows[len(file.Rows)-1]
		events, err := b.Events(ctx, o.Activation, last.Sequence-1)
		must(t, err)
		if len(events) != 1 || events[0].SignedHead != anchor.Of(o.Activation, last).String() {
			t.Errorf("events %+v", events)
		}
		r := b.record(t, o.Activation)
		body, err := r.WebhookBody(events[0])
		must(t, err)
		if heads := anchor.Find(body); len(heads) != 1 || anchor.Check(file, signer.Keys(), heads...) != nil {
			t.Errorf("the webhook has %d heads: %s", len(heads), body)
		}
		for _, kind := range collaboration.NotificationKinds() {
			if kind.AsksToApprove() || kind.AsksAboutChange() {
				continue
			}
			d, err := b.BeginMail(ctx, collaboration.Notification{Activation: o.Activation, Kind: kind, By: "emp-maja", At: noon}, "emp-maja")
			must(t, err)
			want := map[bool]string{true: anchor.Of(o.Activation, last).String()}[kind.Confirms()]
			if d.Mail.SignedHead != want {
				t.Errorf("%s has the head %q, want %q", kind, d.Mail.SignedHead, want)
			}
		}
	})
}
