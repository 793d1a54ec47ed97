package e2e_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
)

// TestSite runs the shipped program, two processes in each role, as an operator does.
// The last subtest stops every process.
func TestSite(t *testing.T) {
	t.Parallel()
	s := harness.StartSite(t)
	t.Run("the replicas share their state", func(t *testing.T) { shareOneActivation(t, s) })
	t.Run("master keys are rotated while a workflow waits", func(t *testing.T) { rotateKeys(t, s) })
	t.Run("every process reports its health", func(t *testing.T) { reportHealth(t, s) })
}

// The replicas share their state: the office requests an activation at the first API
// and follows it at the second. The customer logs in and opens the page at the first
// and posts its form to the second.
func shareOneActivation(t *testing.T, s *harness.Site) {
	first, second := s.Office(t, 0), s.Office(t, 1)
	request := harness.Scenarios[1].Request // a customer on the platform without the solution
	for range 2 {
		s.WantSubscriptions(t, request.CustomerID, 0)
	}
	if s.CacheLookups(0, "hit") == 0 || s.CacheLookups(1, "hit") == 0 {
		t.Fatal("the customer is not in the cache, so this test would prove nothing")
	}

	id := first.Activate(request)
	stream := make(chan string, 1)
	go func() { stream <- second.Follow(id) }()
	a := second.AwaitActions(id, harness.Scenarios[1].Events)
	s.WantSubscriptions(t, request.CustomerID, 1)
	mails := s.Mail.To(a.Invitation.Email)
	if len(mails) != 1 || !strings.HasPrefix(mails[0].Link, s.APIs[0].Address+"/approve/") {
		t.Fatalf("mails %+v", mails)
	}

	link := mails[0].Link
	harness.ApproveOnPage(t, link, strings.Replace(link, s.APIs[0].Address, s.APIs[1].Address, 1), a.Invitation.Email)
	a = first.AwaitActivation(id, "started", harness.Happened(collaboration.ActionAgreementStarted, 1))
	if a.Agreement == nil || a.Agreement.Term != 1 || a.Decision == nil || a.Decision.Outcome != collaboration.Approve {
		t.Errorf("agreement %+v, decision %+v", a.Agreement, a.Decision)
	}
	want := strings.Join(harness.Scenarios[1].Events, " ") + " approved"
	// The start of the agreement and notifications may be recorded after the end of the stream.
	if got := eventually.Receive(t, "the stream has ended", stream); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, " end active") {
		t.Errorf("the stream has %q, want %q", got, want)
	}
	if got, want := harness.Actions(a), want+" agreement_started"; !strings.HasPrefix(got, want) {
		t.Errorf("actions %q, want %q", got, want)
	}
}

// Container images have no other program than the product to probe a process with.
func reportHealth(t *testing.T, s *harness.Site) {
	for _, p := range s.Processes() {
		for _, path := range []string{"/healthz", "/readyz"} {
			for _, address := range []string{p.Address, p.Admin} {
				if address == "" {
					continue
				}
				if code, output := harness.RunCommand(t, nil, "health", address+path); code != 0 {
					t.Errorf("%s%s of the %s: exit code %d: %s", address, path, p.Role, code, output)
				}
			}
		}
		if code, output := harness.RunCommand(t, nil, "health", p.Admin+"/unknown"); code != 1 || !strings.Contains(output, "404") {
			t.Errorf("an unknown path of the %s: exit code %d: %s", p.Role, code, output)
		}
		p.Stop()
		if code, output := harness.RunCommand(t, nil, "health", p.Readiness()); code != 1 || !strings.Contains(output, "refused") {
			t.Errorf("a stopped %s: exit code %d: %s", p.Role, code, output)
		}
	}
}

// A key rotation as in the runbook does not disturb a waiting activation. The product
// does not need the old key after it.
func rotateKeys(t *testing.T, s *harness.Site) {
	o := s.Office(t, 0)
	id := o.Activate(harness.Scenarios[2].Request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	const next = "2027-01:MTEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	rotate := func() (code int, output string) {
		return harness.RunCommand(t, s.APIs[0].Environment, "keys", "rotate")
	}
	for _, keys := range []string{harness.EncryptionKeys + "," + next, next + "," + harness.EncryptionKeys, next} {
		if keys == next {
			if code, output := rotate(); code != 0 || !strings.Contains(output, "all data keys use 2027-01") {
				t.Errorf("exit code %d: %s", code, output)
			}
		}
		for _, p := range s.Processes() {
			p.Stop()
			p.Set("COUNTERSIGN_ENCRYPTION_KEYS", keys)
			p.Start()
		}
	}
	if code, output := rotate(); code != 0 || output != "rewrapped 0\nall data keys use 2027-01\n" {
		t.Errorf("second rotation: exit code %d: %s", code, output)
	}
	o.Customer(a.Invitation.Email).Approve(s.Mail.To(a.Invitation.Email)[0].Link)
	o.AwaitState(id, collaboration.Active)
}
