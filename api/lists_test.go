package api_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"

	"countersign/collaboration"
	"countersign/internal/identity"
)

// The store has a live activation without a workflow execution, so Temporal does not
// reject the second one.
func TestActivate_RejectsSecondLiveActivationOfStore(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.live = collaboration.NewActivationID("office-1", "c-has", solutionID)
	r := post("/v1/activations", "nils", goodHas)
	r.status, r.content = 409, []string{code("activation_exists"), `"activation":"` + string(w.live) + `"`}
	r.check(t, r.send(w.server(t)))
	if w.calls["Start"] != 0 {
		t.Errorf("%d starts", w.calls["Start"])
	}
}

var customerLink = regexp.MustCompile(`<p class="more"><a href="/customers/([\w-]+)"`)

// The store returns collaborations by date.
func TestCollaborationsPage_SortsCustomersInSwedishOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.rename("c-idle", "Ärla AB")
	for n, customer := range []string{"c-platform", "c-idle", "c-has", "c-new"} {
		w.with(customer, collaboration.Active, activeWith(true), func(a *collaboration.Activation) { a.RequestedAt = now.Add(-time.Duration(n) * time.Hour) })
	}
	var got []string
	for _, link := range customerLink.FindAllStringSubmatch(openBrowser(t, w.server(t), maja.Email).get("/collaborations"), -1) {
		got = append(got, link[1])
	}
	if want := []string{"c-new", "c-has", "c-idle", "c-platform"}; !slices.Equal(got, want) { // Lindas, Åkes, Ärla, Öbergs
		t.Errorf("customers %v, want %v", got, want)
	}
}

var companyHeading = regexp.MustCompile(`<h2 class="company">([^<]+)</h2>`)

func TestMyCollaborationsPage_SortsCompaniesInSwedishOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.rename("c-idle", "Ärla AB")
	for _, customer := range []string{"c-platform", "c-idle", "c-has", "c-new"} {
		w.administers(customer, asa)
		w.with(customer, collaboration.Active, activeWith(true))
	}
	var got []string
	for _, heading := range companyHeading.FindAllStringSubmatch(openBrowser(t, w.server(t), asa).get("/my/collaborations"), -1) {
		got = append(got, heading[1])
	}
	if want := []string{"Lindas Hår", "Åkes Bageri AB", "Ärla AB", "Öbergs Snickeri AB"}; !slices.Equal(got, want) {
		t.Errorf("companies %v, want %v", got, want)
	}
}

// A request of yesterday evening is one day old, also less than half a day later.
func TestRequestsPage_CountsCalendarDays(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.with("c-platform", collaboration.AwaitingApproval, func(a *collaboration.Activation) { a.RequestedAt = now.Add(-11 * time.Hour) })
	page := openBrowser(t, w.server(t), nils.Email).get("/requests")
	if !strings.Contains(page, "1 dag") || strings.Contains(page, "Sedan i dag") {
		t.Errorf("a request of yesterday evening is not one day old:\n%s", page)
	}
}

func TestOverviewPage_LinksToAllDeclined(t *testing.T) {
	t.Parallel()
	const link = `href="/requests?outcome=declined"`
	for declined, want := range map[int]bool{1: false, 2: true} {
		w := newWorld()
		w.busy()
		w.overview.Declined = declined // one is in the list
		page := openBrowser(t, w.server(t), nils.Email).get("/overview")
		if got := strings.Contains(page, link); got != want {
			t.Errorf("%d declined: link %t, want %t", declined, got, want)
		}
	}
}

func TestCustomerPage_TasksShowLiveActivationsOnly(t *testing.T) {
	t.Parallel()
	w := newWorld()
	live := w.with("c-platform", collaboration.Active, onTask("t-platform"), activeWith(true))
	ended := w.with("c-platform", collaboration.Ended, onTask("t-platform"))
	page := openBrowser(t, w.server(t), nils.Email).get("/customers/c-platform/tasks")
	if !strings.Contains(page, string(live)) || strings.Contains(page, string(ended)) {
		t.Errorf("want the link of %s only:\n%s", live, page)
	}
}

func TestCustomerPage_ShowsLatestActivation(t *testing.T) {
	t.Parallel()
	w := newWorld()
	old := w.with("c-platform", collaboration.Withdrawn, func(a *collaboration.Activation) { a.RequestedAt = now.Add(-24 * time.Hour) })
	latest := w.with("c-platform", collaboration.AwaitingApproval)
	page := openBrowser(t, w.server(t), nils.Email).get("/customers/c-platform")
	if !strings.Contains(page, string(latest)) || strings.Contains(page, string(old)) {
		t.Errorf("want the activation %s only:\n%s", latest, page)
	}
}

// expiryRecorder records the expiry of the last stored session.
type expiryRecorder struct {
	scs.CtxStore
	expiry time.Time
}

func (r *expiryRecorder) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	r.expiry = expiry
	return r.CtxStore.CommitCtx(ctx, token, data, expiry)
}

func TestSession_IsShortBeforeLogin(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.sessions = identity.NewSessions(nil, "http://localhost")
	recorder := &expiryRecorder{CtxStore: w.sessions.Store.(scs.CtxStore)}
	w.sessions.Store = recorder
	v := &visitor{h: w.server(t)}
	for _, tt := range []struct {
		method, path string
		from, to     time.Duration
	}{
		{http.MethodPost, "/customers/c-has/contacts", 0, time.Hour}, // the form is kept
		{http.MethodGet, "/login/callback?state=state&code=" + nils.Email, time.Hour, 24 * time.Hour},
	} {
		v.send(http.MethodGet, "/login", nil)
		v.send(tt.method, tt.path, url.Values{"a": {"b"}})
		if lifetime := time.Until(recorder.expiry); lifetime <= tt.from || lifetime > tt.to {
			t.Errorf("after %s the session lasts %v, want %v to %v", tt.path, lifetime, tt.from, tt.to)
		}
	}
}

// rename changes the name of a customer.
func (w *world) rename(customerID, name string) {
	c := w.customers[customerID]
	c.Name = name
	w.customers[customerID] = c
}
