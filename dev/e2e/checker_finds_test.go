package e2e_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
)

// What the checker is for, it finds: each fault is put in by hand, and found.
func TestTheCheckerFinds(t *testing.T) {
	s := openSite(t)
	l := newLoad(s, 10*time.Millisecond, refused, unavailable)
	l.run(func() { l.awaitAccepted(5) })
	var entries []entry
	for n, id := range l.accepted {
		s.wantInvited(id)
		entries = append(entries, entry{ID: id, Customer: l.requests[n].CustomerID, Email: personOf(n), State: collaboration.AwaitingApproval})
	}
	mails := s.mail.all()
	c := &checker{t: t, at: s.office(t, 1), facts: s.database, operator: s.workers[0].environment}
	c.mails = func() []mailed { return mails }
	if found := c.check(entries); len(found.wrong) > 0 || found.mails != len(entries) {
		t.Fatalf("nothing is wrong, and it finds %q", found.wrong)
	}
	c.operator = nil
	wantFound := func(what string, entries []entry) {
		t.Helper()
		if found := c.check(entries); !strings.Contains(strings.Join(found.wrong, "\n"), what) {
			t.Errorf("it finds %q, and not %q", found.wrong, what)
		}
	}
	wantFound("activations are recorded", entries[1:])
	wantFound("whom nobody asked to invite", entries[1:])
	lost := append([]entry{{ID: "lost", Customer: "lost", Email: "lost", State: collaboration.AwaitingApproval}}, entries...)
	wantFound("lost of lost is recorded as", lost)
	wantFound("0 invitations were mailed", lost)
	mails = append(mails, mailed{id: "another", to: entries[0].Email, link: "https://"})
	wantFound("2 invitations were mailed", entries)
	mails = append(s.mail.all(), s.mail.mails(entries[0].Email)...)
	if found := c.check(entries); found.twice != 1 || len(found.wrong) > 0 {
		t.Errorf("the same mail twice: %d, %q", found.twice, found.wrong)
	}
	entries[0].State = collaboration.Active
	wantFound("want active", entries)
	entries[0].State = collaboration.AwaitingApproval

	db, err := sql.Open("pgx", s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for statement, what := range map[string]string{
		"DELETE FROM administrators WHERE customer_id = $1":                                                               "{administrators:0 ",
		"UPDATE subscriptions SET ended_at = since WHERE customer_id = $1":                                                " subscriptions:0}, want",
		"UPDATE activations SET state = 'failed' WHERE customer_id = $1":                                                  "recorded as \"failed\"",
		"UPDATE mail_deliveries SET status = 'queued' FROM activations a WHERE a.id = activation_id AND customer_id = $1": "its invitation is recorded as queued",
	} {
		if _, err := db.Exec(statement, entries[0].Customer); err != nil {
			t.Fatal(err)
		}
		wantFound(what, entries)
	}
}
