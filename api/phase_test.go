package api_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"testing"

	"countersign/collaboration"
)

// phases are the three phases of a running collaboration, with the agreement of each.
var phases = map[collaboration.Phase]func(*collaboration.Agreement){
	collaboration.PhaseStarts:     func(a *collaboration.Agreement) { a.Started = false },
	collaboration.PhaseActive:     func(*collaboration.Agreement) {},
	collaboration.PhaseTerminated: func(a *collaboration.Agreement) { a.Renews = false },
}

// in returns the change of an activation to a phase. Its agreement runs from 1 May 2027.
func in(phase collaboration.Phase) func(*collaboration.Activation) {
	return func(r *collaboration.Activation) {
		r.Generation = 1
		r.Agreement = &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 5, Day: 1}, Started: true, Months: 12, Term: 1, Renews: true}
		phases[phase](r.Agreement)
	}
}

func TestPhase_IsInEveryAnswer(t *testing.T) {
	t.Parallel()
	for phase := range phases {
		w := newWorld()
		id := string(w.with("c-platform", collaboration.Active, in(phase)))
		s := w.server(t)
		want := []string{`"state":"active","phase":"` + string(phase) + `"`}
		for _, r := range []request{
			{url: "/v1/activations/" + id, as: "maja", status: 200, content: want},
			{url: "/v1/activations", as: "maja", status: 200, content: want},
			{url: "/v1/collaborations/" + id, as: "asa", status: 200, content: want},
			{url: "/v1/collaborations", as: "asa", status: 200, content: want},
		} {
			r.check(t, r.send(s))
		}
	}
}

func TestPhase_FiltersList(t *testing.T) {
	t.Parallel()
	for query, want := range map[string][]collaboration.Phase{
		"":                                  collaboration.Phases(),
		"?phase=terminated&phase=starts":    {collaboration.PhaseStarts, collaboration.PhaseTerminated},
		"?phase=ended&state=ended":          {collaboration.Phase(collaboration.Ended)},
		"?state=active":                     collaboration.Active.Phases(),
		"?state=active&phase=active":        {collaboration.PhaseActive},
		"?state=declined&phase=terminated":  nil,
		"?phase=awaiting_approval&limit=10": {collaboration.Phase(collaboration.AwaitingApproval)},
	} {
		w := newWorld()
		w.with("c-platform", collaboration.Active, in(collaboration.PhaseActive))
		r := request{name: query, url: "/v1/activations" + query, as: "maja", status: 200}
		if want == nil {
			r.content = []string{`{"items":[]}`}
		}
		r.check(t, r.send(w.server(t)))
		if !slices.Equal(w.filter.Phases, want) {
			t.Errorf("%s: phases %v, want %v", query, w.filter.Phases, want)
		}
	}
	unknown := request{url: "/v1/activations?phase=active&phase=running", as: "maja", status: 422, content: []string{`"phase[1]"`, code("invalid_choice"), "starts, active, terminated"}}
	unknown.check(t, unknown.send(newWorld().server(t)))
}

func TestPhase_FiltersPages(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	of := collaboration.PhasesOf
	for path, want := range map[string][]collaboration.Phase{
		"/collaborations":                  collaboration.Active.Phases(),
		"/collaborations?phase=terminated": {collaboration.PhaseTerminated},
		"/collaborations?phase=ended":      of(collaboration.Ended),
		"/collaborations?phase=declined":   collaboration.Active.Phases(), // was not approved
		"/collaborations?phase=all":        of(collaboration.Active, collaboration.Ended),
		"/requests":                        of(collaboration.Activating, collaboration.AwaitingApproval),
		"/requests?outcome=accepted":       of(collaboration.Active, collaboration.Ended),
		"/requests?outcome=declined":       of(collaboration.Declined),
		"/requests?outcome=all":            nil,
	} {
		says(t, b.send(http.MethodGet, path, nil), 200)
		if !slices.Equal(w.filter.Phases, want) {
			t.Errorf("%s: phases %v, want %v", path, w.filter.Phases, want)
		}
	}
}

// The choice of a list has the words of the badges.
func TestPhase_IsChoiceOfLists(t *testing.T) {
	t.Parallel()
	b := openBrowser(t, newWorld().server(t), nils.Email)
	for lang, names := range map[string][]string{"sv": {"Startar senare", "Pågår", "Uppsagd"}, "en": {"Starts later", "Active", "Terminated"}} {
		b.lang = lang
		for _, path := range []string{"/collaborations?phase=", "/customers?sharing="} {
			for i, phase := range collaboration.Active.Phases() {
				says(t, b.send(http.MethodGet, path+string(phase), nil), 200, `value="`+string(phase)+`" selected>`+names[i]+"<")
			}
		}
	}
}

func TestPhase_IsOnEveryPage(t *testing.T) {
	t.Parallel()
	badges := map[collaboration.Phase]map[string]string{
		collaboration.PhaseStarts:     {"sv": "Startar 1 maj 2027", "en": "Starts 1 May 2027"},
		collaboration.PhaseActive:     {"sv": "Pågår", "en": "Active"},
		collaboration.PhaseTerminated: {"sv": "Uppsagd, upphör 30 april 2028", "en": "Terminated, ends 30 April 2028"},
	}
	for phase, texts := range badges {
		w := newWorld()
		id := string(w.with("c-platform", collaboration.Active, in(phase)))
		s := w.server(t)
		office, customer := openBrowser(t, s, maja.Email), as(t, s, asa)
		for lang, text := range texts {
			office.lang, customer.lang = lang, lang
			for _, path := range []string{"/requests", "/collaborations", "/customers", "/customers/c-platform", "/activations/" + id} {
				says(t, office.send(http.MethodGet, path, nil), 200, ">"+text+"</span>")
			}
			for _, path := range []string{"/my/collaborations", "/my/collaborations/" + id} {
				request{url: "/my/", status: 200, content: []string{">" + text + "</span>"}}.check(t, customer.send(http.MethodGet, path, nil))
			}
		}
	}
}

var markup = regexp.MustCompile(`<[^>]*>`)

// People read terms that end inclusively: no page of a terminated collaboration has the
// day after the last one.
func TestTerminated_ShowsLastDay(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := string(w.with("c-platform", collaboration.Active, in(collaboration.PhaseTerminated)))
	s := w.server(t)
	office, customer := openBrowser(t, s, maja.Email), as(t, s, asa)
	dayAfter := regexp.MustCompile(`2028-05-01|\b1 (maj|May) 2028`)
	check := func(path string, got *httptest.ResponseRecorder) {
		text := markup.ReplaceAllString(got.Body.String(), " ")
		if found := dayAfter.FindString(text); got.Code != http.StatusOK || found != "" {
			t.Errorf("%s: status %d with the day %q in\n%s", path, got.Code, found, text)
		}
	}
	for _, lang := range []string{"sv", "en"} {
		office.lang, customer.lang = lang, lang
		for _, path := range []string{"/requests", "/collaborations", "/customers/c-platform", "/activations/" + id, "/activations/" + id + "/end", "/activations/" + id + "/revoke-notice", "/activations/" + id + "/change"} {
			check(path, office.send(http.MethodGet, path, nil))
		}
		for _, path := range []string{"/my/collaborations", "/my/collaborations/" + id} {
			check(path, customer.send(http.MethodGet, path, nil))
		}
	}
}
