package load_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/harness/load"
	"countersign/internal/servertest"
)

// The test writes each inconsistency into the database or the mails by hand.
func TestChecker_FindsEachInconsistency(t *testing.T) {
	s := harness.StartSite(t)
	l := load.New(s, 10*time.Millisecond, load.OutcomeRefused, load.OutcomeUnavailable)
	l.Run(func() { l.AwaitAccepted(5) })
	var entries []load.Expected
	for n, id := range l.Accepted {
		s.WantInvited(id)
		entries = append(entries, load.Expected{ID: id, Customer: l.Requests[n].CustomerID, Email: load.EmailOf(n), State: collaboration.AwaitingApproval})
	}
	mails := s.Mail.All()
	c := &load.Checker{T: t, Office: s.Office(t, 1), DatabaseURL: s.Database, OperatorEnvironment: s.Workers[0].Environment}
	c.Mails = func() []external.SentMail { return mails }
	if found := c.Check(entries); len(found.Errors) > 0 || found.Mails != len(entries) {
		t.Fatalf("in a consistent site it finds %q and %d mails, want %d", found.Errors, found.Mails, len(entries))
	}
	c.OperatorEnvironment = nil
	wantFound := func(want string, entries []load.Expected) {
		t.Helper()
		if found := c.Check(entries); !strings.Contains(strings.Join(found.Errors, "\n"), want) {
			t.Errorf("it finds %q, want %q", found.Errors, want)
		}
	}
	wantFound("activations are recorded", entries[1:])
	wantFound("an unexpected invitation", entries[1:])
	lost := append([]load.Expected{{ID: "lost", Customer: "lost", Email: "lost", State: collaboration.AwaitingApproval}}, entries...)
	wantFound("lost of customer lost is recorded as", lost)
	wantFound("0 invitations were mailed", lost)
	mails = append(mails, external.SentMail{ID: "another", To: entries[0].Email, Link: "https://"})
	wantFound("2 invitations were mailed", entries)
	mails = append(s.Mail.All(), s.Mail.To(entries[0].Email)...)
	if found := c.Check(entries); found.SentTwice != 1 || len(found.Errors) > 0 {
		t.Errorf("with one repeated mail it counts %d repeats and finds %q", found.SentTwice, found.Errors)
	}
	entries[0].State = collaboration.Active
	wantFound("want active", entries)
	entries[0].State = collaboration.AwaitingApproval

	db, err := sql.Open("pgx", servertest.As(s.Database, servertest.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for statement, want := range map[string]string{
		"DELETE FROM administrators WHERE customer_id = $1":                                                               "{administrators:0 ",
		"UPDATE subscriptions SET ended_at = since WHERE customer_id = $1":                                                " subscriptions:0}, want",
		"UPDATE activations SET state = 'failed' WHERE customer_id = $1":                                                  "recorded as \"failed\"",
		"UPDATE mail_deliveries SET status = 'queued' FROM activations a WHERE a.id = activation_id AND customer_id = $1": "the invitation is recorded as queued",
	} {
		if _, err := db.Exec(statement, entries[0].Customer); err != nil {
			t.Fatal(err)
		}
		wantFound(want, entries)
	}
}
