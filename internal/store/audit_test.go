package store_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"countersign/collaboration"
)

// exported is an activation's audit as a file, which must verify.
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

func TestTheAuditOfAWholeLifeVerifies(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.active(t, orderFor("c-1004"))
		b.renewedAndEnded(t, o)
		file, report := b.exported(t, o)
		if report.Rows != 11 || report.Erased != 0 || report.Head != file.Head {
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

// Where a mail went is kept with the row, beside the chain. Mails to the office
// are nobody's private matter.
func TestTheAuditSaysWhoWasAsked(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.invited(t, orderFor("c-1003"))
		mail := func(l collaboration.Letter, employee string, meanwhile func()) {
			_, err := b.BeginMail(ctx, l, employee)
			must(t, err)
			meanwhile()
			must(t, b.FinishMail(ctx, l, employee, collaboration.DeliveryAccepted, ""))
		}
		letter := func(kind collaboration.LetterKind) collaboration.Letter {
			return collaboration.Letter{Activation: o.Activation, Kind: kind, Number: 1, By: collaboration.ActorSystem, At: noon}
		}
		nothing := func() {}
		mail(invitation(o, 2).Letter(), "", func() { // on its way when it is forwarded
			must(t, b.ForwardInvitation(ctx, collaboration.Forwarding{ID: "m-1", Activation: o.Activation, Administrator: "a-1003-2", By: "emp-nils", At: noon}))
		})
		mail(invitation(o, 3).Letter(), "", nothing)
		must(t, b.CorrectAddress(ctx, collaboration.Correction{ID: "m-2", Activation: o.Activation, Email: "ture@nya.example", By: "emp-nils", At: noon}))
		mail(letter(collaboration.LetterReminder), "", nothing)
		start := approval(o)
		start.Decision.By = "a-1003" // who was not asked
		must(t, b.StartAgreement(ctx, start))
		mail(letter(collaboration.LetterApproved), "", nothing)
		mail(letter(collaboration.LetterApproved), "emp-maja", nothing)

		file, _ := b.exported(t, o)
		var got []string
		for _, r := range file.Rows {
			if r.Private != "" {
				got = append(got, string(r.Action)+" "+r.Private)
			}
		}
		hjordis, ture := `{"email":"hjordis@blabarsbageriet.example","name":"Hjördis Blåbär"}`, `{"email":"ture@blabarsbageriet.example","name":"Ture Blåbär"}`
		corrected := `{"email":"ture@nya.example","name":"Ture Blåbär"}`
		want := []string{
			`administrator_created {"email":"asa@kund.example","name":"Åsa Öberg","phone":"070-174 06 99"}`,
			"invitation_queued " + hjordis, "invitation_sent " + hjordis,
			"invitation_queued " + hjordis, "forwarded " + ture, `invitation_sent {"email":"hjordis@blabarsbageriet.example"}`,
			"invitation_queued " + ture, "invitation_sent " + ture,
			"address_corrected " + corrected, "reminder_sent " + corrected,
			`agreement_started {"answered_email":"hjordis@blabarsbageriet.example","answered_name":"Hjördis Blåbär",` + corrected[1:], "letter_sent " + corrected,
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("kept\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

// An export is of one instant: what is erased meanwhile is there with its
// commitment, or gone with the row that says so.
func TestAnExportWhileDataIsErased(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		for range 20 {
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

// A process of an older release adds rows without a hash.
func TestRowsFromBeforeTheChainAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		insert := "INSERT INTO audit (activation_id, sequence, step_key, action, actor, happened_at, detail) VALUES ($1, $2, $3, 'task_checked', 'system', $4, '{}')"
		for n, key := range []string{"old-1", "old-2"} {
			_, err := b.raw.Exec(insert, string(o.Activation), n+2, key, noon)
			must(t, err)
		}
		must(t, b.Migrate(ctx))
		if _, report := b.exported(t, o); report.Rows != 3 {
			t.Errorf("report %+v", report)
		}
		_, err := b.raw.Exec(insert, string(o.Activation), 4, "old-3", noon)
		must(t, err)
		_, err = b.raw.Exec(insert, string(o.Activation), 5, "old-4", noon)
		must(t, err)
		before, report := b.exported(t, o) // with the hashes that they will have
		if report.Rows != 5 {
			t.Errorf("report %+v", report)
		}
		must(t, b.CheckTask(ctx, o, noon)) // the next step seals them
		after, report := b.exported(t, o)
		if report.Rows != 6 || after.Rows[4] != before.Rows[4] || after.Rows[4].Hash != before.Head {
			t.Errorf("report %+v, row 5 %+v, exported before as %+v", report, after.Rows[4], before.Rows[4])
		}
	})
}
