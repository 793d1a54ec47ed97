package api_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"
	"time"

	"countersign/collaboration"
)

func TestShot(t *testing.T) {
	if os.Getenv("SHOT") == "" {
		t.Skip()
	}
	w := newWorld()
	w.now = time.Now()
	exp := func(r *collaboration.Record) { r.ExpiresAt = w.now.Add(700 * time.Hour) }
	dec := func(o collaboration.Outcome) func(*collaboration.Record) {
		return func(r *collaboration.Record) {
			r.Decision = &collaboration.Decision{Outcome: o, At: w.now}
			if o == collaboration.Decline {
				r.Decision.Reason = collaboration.ReasonPrice
			} else {
				r.Agreement = &collaboration.Agreement{StartsOn: collaboration.DateOf(w.now), Months: 12, Term: 1, Renews: true}
			}
		}
	}
	f, _ := os.Create("/tmp/shot_urls")
	for name, id := range map[string]collaboration.ActivationID{
		"openB": w.with("c-platform", collaboration.AwaitingApproval, exp), "openC": w.with("c-new", collaboration.AwaitingApproval, exp),
		"approved": w.with("c-platform", collaboration.Active, dec(collaboration.Approve)), "declined": w.with("c-platform", collaboration.Declined, dec(collaboration.Decline)),
		"withdrawn": w.with("c-platform", collaboration.Withdrawn),
	} {
		fmt.Fprintf(f, "%s /approve/%s.1\n", name, id)
	}
	f.Close()
	http.ListenAndServe("127.0.0.1:18099", w.server(t))
}
