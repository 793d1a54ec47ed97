package rehearsal_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"countersign/api/rest"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
)

// otherManagerToken is the token of a manager of another office.
const otherManagerToken = "site-manager-sara"

// One employee and one address take as much as they can get, with the default limits. The
// api still serves another office.
func TestShares(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	s := harness.StartSite(t, "COUNTERSIGN_LIMIT_OFFICE_WRITES=6",
		"COUNTERSIGN_API_TOKENS="+harness.ManagerEmail+":"+harness.ManagerToken+",sara@sundlind.example:"+otherManagerToken)
	o := s.Office(t, 0)
	a := attack{site: s, Office: o, other: o.As(t, otherManagerToken)}
	a.ImportCustomers(batchOfOneAddress + 4)
	t.Run("event streams of one person", a.openStreams)
	t.Run("imports of one person", a.importAgainAndAgain)
	t.Run("commands to one activation", a.repeatCommands)
	t.Run("mails of a batch to one address", a.mailOneAddress)
	t.Run("unfinished bodies of one address", a.holdBodies)
}

// batchOfOneAddress is how many rows of a batch have the same address.
const batchOfOneAddress = 300

// attack has the attacker, and a manager of another office.
type attack struct {
	site *harness.Site
	*harness.Office
	other *harness.Office
}

func (a attack) openStreams(t *testing.T) {
	const streams, share = 250, 10
	mine := a.Activate(a.RequestFor(0, "streams"+harness.ClientDomain))
	foreign := a.other.Activate(collaboration.Request{CustomerID: "c-2001", SolutionID: "financial-overview", TaskID: "t-2001-1", InvoiceRecipient: collaboration.PaidByOffice})
	answers := harness.Concurrently(streams, func(int) harness.Answer {
		return harness.Answer{Status: openStream(t, a.Office, mine)}
	})
	counted := map[int]int{}
	for _, a := range answers {
		counted[a.Status]++
	}
	t.Logf("%d streams of one person: %v", streams, counted)
	if counted[http.StatusOK] != share || counted[http.StatusTooManyRequests] != streams-share {
		t.Errorf("one person has %d streams, want %d", counted[http.StatusOK], share)
	}
	if got := openStream(t, a.other, foreign); got != http.StatusOK {
		t.Errorf("a stream of another office: status %d", got)
	}
}

// openStream opens an event stream until the test ends, and returns the status.
func openStream(t *testing.T, o *harness.Office, id collaboration.ActivationID) int {
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.At.API+"/v1/activations/"+string(id)+"/events", nil)
	if err != nil {
		t.Error(err)
		return 0
	}
	r.Header.Set("Authorization", "Bearer "+o.Token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Error(err)
		return 0
	}
	t.Cleanup(func() { response.Body.Close() })
	return response.StatusCode
}

func (a attack) importAgainAndAgain(t *testing.T) {
	const importers, reads = 34, 25
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var imports atomic.Int64
	for n := range importers {
		all.Go(func() {
			for ctx.Err() == nil {
				a.importChanged(ctx, 1000+200*n, int(imports.Add(1)))
			}
		})
	}
	served, longest := 0, time.Duration(0)
	for range reads {
		began := time.Now()
		if r := a.other.Call(http.MethodGet, "/v1/customers", nil, nil); r.StatusCode == http.StatusOK {
			served++
		}
		longest = max(longest, time.Since(began))
		time.Sleep(100 * time.Millisecond)
	}
	stop()
	all.Wait()
	t.Logf("%d imports of one person meanwhile: another office reads %d of %d times, within %s", imports.Load(), served, reads, longest.Round(time.Millisecond))
	if served != reads {
		t.Errorf("the other office was served %d of %d times", served, reads)
	}
}

// importChanged imports 200 customers with names that differ by the number.
func (a attack) importChanged(ctx context.Context, first, number int) {
	csv := "organisation_number,name,task,task_owner_email\n"
	for i := range 200 {
		csv += fmt.Sprintf("%s,Kund %d AB,Bokslut,%s\n", harness.OrganisationNumber(first+i), number, harness.ManagerEmail)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.At.API+"/v1/customers/import", strings.NewReader(csv))
	if err != nil {
		return
	}
	r.Header.Set("Authorization", "Bearer "+a.Token)
	r.Header.Set("Content-Type", "text/csv")
	if response, err := http.DefaultClient.Do(r); err == nil {
		response.Body.Close()
	}
}

// The default limit of requests is 100 per second and address.
func (a attack) repeatCommands(t *testing.T) {
	const callers, perSecond = 4, 100
	mine := a.Activate(a.RequestFor(batchOfOneAddress+1, "commands"+harness.ClientDomain))
	a.AwaitState(mine, collaboration.AwaitingApproval)
	calm := a.site.WantInvited(a.Activate(a.RequestFor(batchOfOneAddress+2, "calm"+harness.ClientDomain)))
	ctx, stop := context.WithCancel(t.Context())
	limit := rate.NewLimiter(perSecond, callers)
	var all sync.WaitGroup
	var sent, accepted atomic.Int64
	for range callers {
		all.Go(func() {
			for limit.Wait(ctx) == nil {
				change := map[string]any{"reminders_paused": sent.Add(1)%2 == 0}
				if a.Ask(nil, http.MethodPatch, "/v1/activations/"+string(mine), change).IsAccepted() {
					accepted.Add(1)
				}
			}
		})
	}
	time.Sleep(5 * time.Second)
	busy := a.site.WantInvited(a.Activate(a.RequestFor(batchOfOneAddress+3, "meanwhile"+harness.ClientDomain)))
	stop()
	all.Wait()
	t.Logf("%d commands to one activation, %d accepted: another activation is invited within %s, %s before", sent.Load(), accepted.Load(), busy.Round(time.Millisecond), calm.Round(time.Millisecond))
	if accepted.Load() < 20 || busy > calm+10*time.Second {
		t.Errorf("%d commands were accepted, and another activation took %s", accepted.Load(), busy)
	}
	a.MustPost(mine, "withdraw", nil)
	a.AwaitState(mine, collaboration.Withdrawn)
}

func (a attack) mailOneAddress(t *testing.T) {
	const to, limit = "flooded" + harness.ClientDomain, 20
	request := rest.BatchRequest{SolutionID: "financial-overview"}
	for n := range batchOfOneAddress {
		r := a.RequestFor(n+1, to)
		r.SolutionID = ""
		request.Rows = append(request.Rows, r)
	}
	began := time.Now()
	var b rest.BatchView
	if r := a.Call(http.MethodPost, "/v1/batches", request, &b); r.StatusCode != http.StatusAccepted {
		t.Fatalf("batch: %s", r.Status)
	}
	eventually.True(t, "the batch is done, and its mails are sent", func() bool {
		a.Call(http.MethodGet, "/v1/batches/"+b.ID, nil, &b)
		return b.State == "done" && len(a.site.Mail.To(to)) >= b.Started
	})
	t.Logf("a batch of %d rows with one address: %d mails in %s", batchOfOneAddress, len(a.site.Mail.To(to)), time.Since(began).Round(time.Second))
	if b.Started != limit || b.Refused != batchOfOneAddress-limit {
		t.Errorf("%d rows started and %d were refused, want %d and %d", b.Started, b.Refused, limit, batchOfOneAddress-limit)
	}
}

func (a attack) holdBodies(t *testing.T) {
	const bodies, size, maxGrowth = 300, 5 << 20, 200 << 20
	pid := a.site.APIs[0].Command.Process.Pid
	before := resident(t, pid)
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	var held atomic.Int64
	for range bodies {
		all.Go(func() {
			if a.sendMost(ctx, size) == nil {
				held.Add(1)
				<-ctx.Done()
			}
		})
	}
	highest := before
	for range 10 {
		time.Sleep(time.Second)
		highest = max(highest, resident(t, pid))
	}
	if r := a.other.Call(http.MethodGet, "/v1/customers", nil, nil); r.StatusCode != http.StatusOK {
		t.Errorf("another office's read: %s", r.Status)
	}
	stop()
	all.Wait()
	t.Logf("%d of %d unfinished imports of %d MiB are held: the api grows from %.0f to %.0f MB", held.Load(), bodies, size>>20, before/1e6, highest/1e6)
	if highest > before+maxGrowth {
		t.Errorf("the api grew by %.0f MB", (highest-before)/1e6)
	}
}

// sendMost sends all but the end of an import. It fails if the api answers before.
func (a attack) sendMost(ctx context.Context, size int) error {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", strings.TrimPrefix(a.At.API, "http://"))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { c.Close() })
	if _, err := fmt.Fprintf(c, "POST /v1/customers/import HTTP/1.1\r\nHost: api\r\nContent-Type: text/csv\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n", a.Token, size); err != nil {
		return err
	}
	_, err = io.WriteString(c, strings.Repeat("x", size-1))
	return err
}

func resident(t *testing.T, pid int) (bytes float64) {
	t.Helper()
	bytes, err := residentOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	return bytes
}
