package rehearsal_test

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// Every process is stopped and started again in turn under load. Callers see no
// failure but an API process that refuses connections or answers 503.
func TestReplicas_ReplacedUnderLoad(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t, "COUNTERSIGN_DRAIN_FOR="+drainTime.String())
	l := load.New(s, 60*time.Millisecond, load.OutcomeRefused, load.OutcomeUnavailable)
	l.Run(func() {
		for n := range s.APIs {
			l.AwaitAccepted(5)
			finish := beginRequest(s, n)
			wantGracefulStop(s.APIs[n], finish)
			l.AwaitRefusal()
			s.APIs[n].Start()

			l.AwaitAccepted(5)
			answer := s.Mail.Hold(n)
			s.Workers[n].Signal(syscall.SIGTERM)
			eventually.True(t, "the worker is no longer ready", func() bool { return harness.Status(s.Workers[n].Readiness()) != http.StatusOK })
			l.AwaitAccepted(5) // while the worker waits for the mail server
			answer()
			s.Workers[n].AwaitExit()
			s.Workers[n].Start()
		}
	})
	l.WantAllInvited()
	for _, p := range s.Processes() {
		p.Stop()
	}
	ids := map[string]bool{}
	for n := range l.Accepted {
		mails := l.MailsTo(n)
		if len(mails) != 1 {
			t.Errorf("activation %d led to %d mails, want 1", n, len(mails))
			continue
		}
		ids[mails[0].ID] = true
	}
	if got := len(s.Mail.All()); got != len(l.Accepted) || len(ids) != got {
		t.Errorf("%d mails were sent with %d Message-IDs for %d activations", got, len(ids), len(l.Accepted))
	}
}

// drainTime is how long an API process answers 503 before it stops. It is long
// enough for a request on a slow machine.
const drainTime = 2 * time.Second

// wantGracefulStop stops an API process. /readyz must answer 503 for drainTime, while
// other requests succeed, before the process refuses connections. After that, the
// request in progress must be completed.
func wantGracefulStop(p *harness.Process, finish func()) {
	p.T.Helper()
	began, isDraining := time.Now(), false
	p.Signal(syscall.SIGTERM)
	eventually.True(p.T, "the API process refuses connections", func() bool {
		status := harness.Status(p.Address + "/readyz")
		switch {
		case status == http.StatusServiceUnavailable:
			isDraining = true
			if other := harness.Status(p.Address + "/healthz"); other != http.StatusOK && other != 0 {
				p.T.Errorf("/healthz answers %d before the API process stops", other)
			}
		case status == http.StatusOK && isDraining:
			p.T.Error("/readyz answers 200 after 503")
		}
		return status == 0
	})
	// A slow machine makes this longer, never shorter.
	if took := time.Since(began); !isDraining || took < drainTime {
		p.T.Errorf("/readyz answered 503: %t; connections were refused after %s, want %s", isDraining, took, drainTime)
	}
	finish()
	p.AwaitExit()
}

// beginRequest sends the first half of a request. finish sends the second half, and
// the request must be answered.
func beginRequest(s *harness.Site, n int) (finish func()) {
	s.T.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.APIs[n].Address, "http://"))
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { conn.Close() })
	// The server asks for the body when the request has reached its handler.
	fmt.Fprintf(conn, "POST /v1/activations HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer %s\r\n"+
		"Content-Type: application/json\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", harness.ManagerToken)
	answers := bufio.NewReader(conn)
	wantLine(s, answers, "HTTP/1.1 100 Continue")
	wantLine(s, answers, "")
	return func() {
		s.T.Helper()
		fmt.Fprint(conn, "{}")
		wantLine(s, answers, "HTTP/1.1 422 Unprocessable Entity")
	}
}

func wantLine(s *harness.Site, r *bufio.Reader, want string) {
	s.T.Helper()
	if line, err := r.ReadString('\n'); strings.TrimSpace(line) != want {
		s.T.Errorf("a request in progress is answered %q, %v, want %q", line, err, want)
	}
}

// A worker is killed while the mail server holds back its answer to a mail of that
// worker, together with an API process. The mail may be sent twice, under the same
// Message-ID. Every other mail is sent once.
func TestReplicas_KilledUnderLoad(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t)
	var unanswered []string // Message-IDs that the killed worker had sent
	l := load.New(s, 15*time.Millisecond, load.OutcomeRefused, load.OutcomeUnavailable, load.OutcomeCutOff)
	l.Run(func() {
		l.AwaitAccepted(20)
		release := s.Mail.Hold(0)
		s.Workers[0].Kill()
		s.APIs[0].Kill()
		for _, mail := range s.Mail.All() {
			if mail.Server == 0 {
				unanswered = append(unanswered, mail.ID)
			}
		}
		release()
		l.AwaitRefusal()
		l.AwaitAccepted(10)
		s.APIs[0].Start()
		s.Workers[0].Start()
	})
	l.WantAllInvited()
	twice := 0
	for n := range l.Accepted {
		switch mails := l.MailsTo(n); {
		case len(mails) == 1:
		case len(mails) == 2 && mails[0].ID == mails[1].ID && slices.Contains(unanswered, mails[0].ID):
			twice++
		default:
			t.Errorf("activation %d led to the mails %+v", n, mails)
		}
	}
	t.Logf("%d of %d invitations were mailed twice", twice, len(l.Accepted))
	if twice == 0 {
		t.Error("no unanswered mail of the killed worker was sent again")
	}
}
