package e2e_test

import (
	"encoding/json"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"

	"countersign/api/present"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/runbook"
)

const observability = "../../deploy/observability/"

// The APIs and workers expose every metric and label in the dashboard and the alerts,
// after requests that succeed and fail. Their metrics and logs have no personal data.
func TestObservability_DashboardAndAlertsUseExposedMetrics(t *testing.T) {
	t.Parallel()
	s := harness.StartSite(t)
	personal := exercise(s)
	e := exposedMetrics{}
	for _, p := range s.Processes() {
		e.scrape(t, p.Admin+"/metrics")
	}
	e.read(t, strings.NewReader(failingWorker(t, s.TemporalServer.Address)))

	for _, a := range alerts(t) {
		e.check(t, "alert "+a.Alert, a.Expr)
	}
	for title, expressions := range panels(t) {
		for _, x := range expressions {
			e.check(t, "panel "+title, strings.ReplaceAll(x, "$__rate_interval", "5m"))
		}
	}
	for name, series := range e {
		for _, labels := range series {
			for label, value := range labels {
				wantNoPersonalData(t, name+"{"+label+"}", value, personal)
			}
		}
	}
	recorded := map[collaboration.Action]int{}
	for _, p := range s.Processes() {
		checkLogs(t, p, personal, recorded)
	}
	if recorded[collaboration.ActionRequested] != 2 || recorded[collaboration.ActionAgreementStarted] != 1 || recorded[collaboration.ActionReminderSent] != 0 {
		t.Errorf("the logs of all replicas have the actions %v", recorded)
	}
}

// exercise sends requests that the metrics count, with successes and failures. It
// returns the personal data of the people concerned.
func exercise(s *harness.Site) (personal []string) {
	s.T.Helper()
	o := s.Office(s.T, 0)
	for _, c := range harness.ListAll[present.Customer](o, "/v1/customers") {
		personal = append(personal, c.Name, c.OrganisationNumber, strings.ReplaceAll(c.OrganisationNumber, "-", ""))
	}
	s.Mail.Refuse.Store(4) // more than the attempts of the local activity
	r := harness.Scenarios[1].Request
	id := o.Activate(r)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	link := s.Mail.To(a.Invitation.Email)[0].Link
	harness.ApproveOnPage(s.T, link, link, a.Invitation.Email)
	o.AwaitState(id, collaboration.Active)
	o.AwaitState(o.Activate(harness.Scenarios[2].Request), collaboration.AwaitingApproval)
	s.Redis.Stop()
	s.LookUpCustomer(s.T, r.CustomerID)
	if got := harness.Status(s.APIs[0].Address+"/overview", &http.Cookie{Name: "countersign", Value: "of a session"}); got != http.StatusServiceUnavailable {
		s.T.Errorf("without Redis a page with a session answers %d", got)
	}
	return append(personal, a.Invitation.Email, a.Invitation.Name, "Höglund", "hoglund", "070-123", "Ekström", "maja@")
}

// checkLogs checks that every line of a process's log is a JSON object without
// personal data. It adds the logged actions to recorded.
func checkLogs(t *testing.T, p *harness.Process, personal []string, recorded map[collaboration.Action]int) {
	t.Helper()
	p.Kill() // makes the log complete
	for line := range strings.Lines(p.Output.String()) {
		var entry struct {
			Msg, Activation string
			Action          collaboration.Action
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("the %s logged %q, which is not JSON", p.Role, line)
		}
		if entry.Msg == "recorded" && entry.Activation != "" {
			recorded[entry.Action]++
		}
		wantNoPersonalData(t, "the log of the "+p.Role, line, personal)
	}
}

func wantNoPersonalData(t *testing.T, where, text string, personal []string) {
	t.Helper()
	for _, data := range personal {
		if data != "" && strings.Contains(strings.ToLower(text), strings.ToLower(data)) {
			t.Errorf("%s has %q: %s", where, data, text)
		}
	}
}

// Every alert links to a section of the runbook.
func TestObservability_AlertsHaveRunbookSections(t *testing.T) {
	t.Parallel()
	book, err := runbook.Read("../../docs/operate")
	if err != nil {
		t.Fatal(err)
	}
	var anchors []string
	for _, section := range book.Sections {
		plain := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(section.Heading), "")
		anchors = append(anchors, "docs/operate/"+section.Page+"#"+strings.ReplaceAll(plain, " ", "-"))
	}
	for _, a := range alerts(t) {
		if !slices.Contains(anchors, a.Annotations["runbook_url"]) || a.Annotations["summary"] == "" {
			t.Errorf("%s: runbook section %q, summary %q", a.Alert, a.Annotations["runbook_url"], a.Annotations["summary"])
		}
		if !slices.Contains([]string{"page", "ticket"}, a.Labels["severity"]) {
			t.Errorf("%s: severity %q", a.Alert, a.Labels["severity"])
		}
	}
}

func alerts(t *testing.T) (all []rulefmt.Rule) {
	t.Helper()
	groups, errs := rulefmt.ParseFile(observability+"alerts.yaml", false, model.UTF8Validation)
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, g := range groups.Groups {
		all = append(all, g.Rules...)
	}
	if len(all) == 0 {
		t.Fatal("alerts.yaml has no alerts")
	}
	return all
}

// panels returns the dashboard's expressions by the title of their panel.
func panels(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(observability + "dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title, Type string
			Targets     []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, p := range dashboard.Panels {
		for _, target := range p.Targets {
			all[p.Title] = append(all[p.Title], target.Expr)
		}
		if p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %q has no expressions", p.Title)
		}
	}
	return all
}
