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

	"countersign/api"
	"countersign/collaboration"
)

const observability = "../../deploy/observability/"

// Whatever the dashboard and the alerts name is there, in what both roles
// expose once everything was done that can go well or wrong; and who it was
// done for is not in their logs.
func TestDashboardAndAlertsNameWhatIsExposed(t *testing.T) {
	s := openSite(t)
	people := s.exercise()
	e := exposed{}
	for _, p := range s.processes() {
		e.scrape(t, p.admin+"/metrics")
	}
	e.read(t, strings.NewReader(failingWorker(t, s.engine.address)))

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
				wantNobody(t, name+"{"+label+"}", value, people)
			}
		}
	}
	recorded := map[collaboration.Action]int{}
	for _, p := range s.processes() {
		wantLogs(t, p, people, recorded)
	}
	if recorded[collaboration.ActionRequested] != 2 || recorded[collaboration.ActionAgreementStarted] != 1 || recorded[collaboration.ActionReminderSent] != 0 {
		t.Errorf("all replicas together recorded %v", recorded)
	}
}

// exercise does what is counted, well and badly, and tells whom it was done for.
func (s *site) exercise() (people []string) {
	s.t.Helper()
	o := s.office(s.t, 0)
	for _, c := range everything[api.CustomerView](o, "/v1/customers") {
		people = append(people, c.Name, c.OrganisationNumber, strings.ReplaceAll(c.OrganisationNumber, "-", ""))
	}
	s.mail.refuse.Store(4) // more than the quick try
	r := requests[1].request
	id := o.activate(r)
	a := o.await(id, collaboration.AwaitingApproval)
	link := s.mail.mails(a.Invitation.Email)[0].link
	approveOnThePage(s.t, link, link, a.Invitation.Email)
	o.await(id, collaboration.Active)
	o.await(o.activate(requests[2].request), collaboration.AwaitingApproval)
	s.redis.Stop()
	s.lookUp(s.t, r.CustomerID)
	if got := status(s.apis[0].address + "/login"); got != http.StatusServiceUnavailable {
		s.t.Errorf("without Redis the login answers %d", got)
	}
	return append(people, a.Invitation.Email, a.Invitation.Name, "Höglund", "hoglund", "070-123", "Ekström", "maja@")
}

// wantLogs has every line of a process one JSON object, about nobody, and counts
// the steps that it recorded.
func wantLogs(t *testing.T, p *process, people []string, recorded map[collaboration.Action]int) {
	t.Helper()
	p.kill() // it writes no more
	for line := range strings.Lines(p.said.String()) {
		var entry struct {
			Msg, Activation string
			Action          collaboration.Action
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Errorf("the %s wrote %q", p.role, line)
		}
		if entry.Msg == "recorded" && entry.Activation != "" {
			recorded[entry.Action]++
		}
		wantNobody(t, "the log of the "+p.role, line, people)
	}
}

func wantNobody(t *testing.T, where, text string, people []string) {
	t.Helper()
	for _, who := range people {
		if who != "" && strings.Contains(strings.ToLower(text), strings.ToLower(who)) {
			t.Errorf("%s has %q: %s", where, who, text)
		}
	}
}

// Every alert has its place in the runbook.
func TestAlertsHaveARunbook(t *testing.T) {
	text, err := os.ReadFile("../../RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	var anchors []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		plain := regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors = append(anchors, "RUNBOOK.md#"+strings.ReplaceAll(plain, " ", "-"))
	}
	for _, a := range alerts(t) {
		if !slices.Contains(anchors, a.Annotations["runbook"]) || a.Annotations["summary"] == "" {
			t.Errorf("%s: runbook %q is not there", a.Alert, a.Annotations["runbook"])
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
		t.Fatal("there are no alerts")
	}
	return all
}

// panels are the dashboard's expressions by the panel's title.
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
			t.Errorf("panel %q shows nothing", p.Title)
		}
	}
	return all
}
