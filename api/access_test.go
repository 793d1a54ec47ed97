package api_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"countersign/api"
	"countersign/collaboration"
	"countersign/collaboration/apikey"
)

// place is a world with a resource for every address.
type place struct {
	*facts
	pending, running collaboration.ActivationID
	s                *api.Server
}

func newPlace(t testing.TB) *place {
	t.Helper()
	p := &place{facts: &facts{}}
	p.renew()
	p.s = p.server(t)
	return p
}

// renew replaces the world of the server. A new server would take much longer.
func (p *place) renew() {
	p.world = newWorld()
	p.twoAdministrators("c-platform")
	p.pending = p.with("c-platform", collaboration.AwaitingApproval, onTask("t-platform"), createsContact)
	p.running = p.with("c-platform", collaboration.Active, onTask("t-platform"), noticed, proposedTo)
	p.batches["b-1"] = collaboration.Batch{ID: "b-1", OfficeID: "office-1"}
	p.webhooks = []collaboration.Webhook{{ID: "w-1", OfficeID: "office-1"}}
	p.logos["office-1"], p.logos["office-2"] = collaboration.Logo{Digest: "d1", ContentType: "image/png", Content: pngLogo}, collaboration.Logo{Digest: "d2", ContentType: "image/png", Content: pngLogo}
	p.apiKeys = []apikey.Key{{ID: "key-1", OfficeID: "office-1", Name: "Practice system"}}
}

// path returns the path of a route with the ID of an existing resource.
func (p *place) path(route string) string {
	path := strings.Fields(route)[1]
	id := p.pending
	for _, part := range []string{"/end", "/revoke-notice", "/withdraw-change", "/events", "/live", "collaborations/:id"} {
		if strings.Contains(path, part) {
			id = p.running
		}
	}
	what := map[string]string{"customers": "c-platform", "employees": "emp-nils", "people": "emp-nils", "batches": "b-1", "webhooks": "w-1", "api-keys": "key-1", "activations": string(id), "invitations": string(id), "collaborations": string(id)}
	parts := strings.Split(path, "/")
	for i, part := range parts {
		switch part {
		case ":id":
			parts[i] = what[parts[i-1]]
		case ":link":
			parts[i] = string(p.pending) + ".1"
		case ":task":
			parts[i] = "t-platform"
		case ":administrator":
			parts[i] = "a-2"
		case ":solution":
			parts[i] = "digital-invoices"
		case ":digest":
			parts[i] = "d1"
		case "*file":
			parts[i] = "countersign.css"
		}
	}
	if parts[len(parts)-1] == "csv" {
		parts[len(parts)-1] += "?solution_id=digital-invoices"
	}
	return strings.Join(parts, "/")
}

func (p *place) json(route, who string) *httptest.ResponseRecorder {
	body, contentType := bodies[route], "application/json"
	if strings.HasSuffix(route, "import") || strings.HasSuffix(route, "csv") {
		contentType = "text/csv"
	} else if strings.HasSuffix(route, "logo") {
		contentType = "image/png"
	}
	r := httptest.NewRequest(strings.Fields(route)[0], p.path(route), strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who+"-token")
	}
	w := httptest.NewRecorder()
	p.s.ServeHTTP(w, r)
	return w
}

func address(who string) string {
	for _, e := range []collaboration.Employee{maja, nils, sara} {
		if e.ID == "emp-"+who {
			return e.Email
		}
	}
	return administrators[who+"-token"]
}

func (p *place) page(t *testing.T, route, who string) *httptest.ResponseRecorder {
	t.Helper()
	b := openBrowser(t, p.s, address(who))
	method, path := strings.Fields(route)[0], p.path(route)
	if method != http.MethodPost {
		return b.send(method, path, nil)
	}
	form := url.Values{"nonce": {strings.Repeat("N", 26)}, "version": {"3"}}
	if got := b.send(http.MethodGet, path, nil); got.Code == 200 {
		maps.Copy(form, b.form(got.Body.String()))
	}
	form.Set("token", b.token())
	filled, _ := url.ParseQuery(bodies[route])
	for name := range filled {
		form.Set(name, filled.Get(name))
	}
	return b.send(method, path, form)
}

// gets returns the answer to a visitor, in the notation of the table.
func (p *place) gets(t *testing.T, route, who string) string {
	t.Helper()
	var got *httptest.ResponseRecorder
	if isJSON(route) {
		got = p.json(route, who)
	} else {
		got = p.page(t, route, who)
	}
	switch {
	case got.Code == 303 && strings.HasPrefix(got.Header().Get("Location"), "/login?"):
		return "login"
	case got.Code == 303 && got.Header().Get("Location") == p.path(route) && p.changes() == 0 && !strings.Contains(fmt.Sprint(got.Header()["Set-Cookie"]), noticeCookie):
		return "again" // the form is shown again, and no command was sent
	case got.Code < 400:
		return "ok"
	}
	return fmt.Sprint(got.Code)
}

func isJSON(route string) bool {
	path := strings.Fields(route)[1]
	return strings.HasPrefix(path, "/v1/") || strings.HasPrefix(path, "/codec/")
}

// Every address allows exactly the visitors that the table lists.
func TestAccess_MatchesTable(t *testing.T) {
	t.Parallel()
	want := map[string][]string{}
	for line := range strings.Lines(access) {
		if cells := strings.Fields(line); len(cells) == 2+len(visitors) {
			want[cells[0]+" "+cells[1]] = cells[2:]
		}
	}
	var all []string
	for _, r := range newWorld().server(t).Routes() {
		if route := r.Method + " " + r.Path; !slices.Contains(opened, route) && !isDocumentation(r.Path) {
			all = append(all, route)
		}
	}
	slices.SortFunc(all, func(a, b string) int {
		return strings.Compare(a[strings.Index(a, " "):]+a, b[strings.Index(b, " "):]+b)
	})
	for column, who := range visitors {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			for _, route := range all {
				p.renew()
				got := p.gets(t, route, who)
				if got != "ok" && p.changes() != 0 {
					t.Errorf("%s changed something: %v", route, p.calls)
				}
				if cells := want[strings.Replace(route, "HEAD ", "GET ", 1)]; cells == nil || got != cells[column] {
					t.Errorf("%s: %s, the table has %v for %v", route, got, cells, visitors)
				}
			}
		})
	}
	for route := range want {
		if !slices.Contains(all, route) {
			t.Errorf("%s is in the table, but is not a route", route)
		}
	}
}

// Every address has an access level, and only these few addresses are public.
func TestAccess_EveryRouteHasLevel(t *testing.T) {
	t.Parallel()
	open := []string{"/", "/login", "/login/callback", "/approve/:link", "/approve/:link/ask", "/approve/:link/resend"}
	s := newWorld().server(t)
	for _, r := range s.Routes() {
		route := r.Method + " " + r.Path
		guarded, everyone := s.Guarded(route)
		if !guarded && !isDocumentation(r.Path) && !slices.Contains(opened, route) {
			t.Errorf("%s has no access level", route)
		}
		if everyone && !slices.Contains(open, r.Path) {
			t.Errorf("%s is public", route)
		}
	}
}

// The pages accept only a session, and the JSON API only a token. A page of another site
// therefore cannot call the JSON API with the user's session.
func TestAccess_SessionIsNoToken(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, r := range p.s.Routes() {
		route := r.Method + " " + r.Path
		if _, everyone := p.s.Guarded(route); everyone || isDocumentation(r.Path) || slices.Contains(opened, route) {
			continue
		}
		p.renew()
		request := httptest.NewRequest(r.Method, p.path(route), strings.NewReader(bodies[route]))
		if request.Header.Set("Content-Type", "application/json"); isJSON(route) {
			for name, value := range openBrowser(t, p.s, maja.Email).cookies {
				request.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		} else {
			request.Header.Set("Authorization", "Bearer maja-token")
		}
		got := httptest.NewRecorder()
		p.s.ServeHTTP(got, request)
		if toLogin := strings.HasPrefix(got.Header().Get("Location"), "/login?"); got.Code != 401 && !toLogin {
			t.Errorf("%s: status %d", route, got.Code)
		}
		if p.changes() != 0 {
			t.Errorf("%s changed something: %v", route, p.calls)
		}
	}
}

func isDocumentation(path string) bool {
	return strings.HasPrefix(path, "/docs") || strings.HasPrefix(path, "/openapi")
}
