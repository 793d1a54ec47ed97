package api_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// happened adds events to an activation.
func (w *world) happened(id collaboration.ActivationID, by string, actions ...collaboration.Action) {
	for _, a := range actions {
		n := len(w.events[id]) + 1
		w.events[id] = append(w.events[id], collaboration.Event{Activation: id, Sequence: n, Action: a, By: by, At: now.Add(time.Duration(n) * time.Second)})
	}
}

var shownStep = regexp.MustCompile(`(?s)<li class="step-(\w+)"( aria-current="step")?>.*?<span class="step-name">([^<]*)</span> <span class="quiet">([^<]+)`)

// stepsShown returns the steps of a page, as "name: status".
func stepsShown(page string) string {
	var all []string
	for _, m := range shownStep.FindAllStringSubmatch(page, -1) {
		step := m[3] + ": " + strings.TrimSpace(m[4])
		if m[2] != "" {
			step = "→ " + step
		}
		all = append(all, step)
	}
	return strings.Join(all, "\n")
}

func TestActivationPage_ShowsProgress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		customer string
		state    collaboration.State
		actions  []collaboration.Action
		want     string
	}{
		"just requested": {"c-has", collaboration.Activating, nil,
			"Uppdraget kontrolleras: Klart\n→ Inbjudan skickas: Pågår\nKunden godkänner: Inte ännu"},
		"a new customer": {"c-new", collaboration.Activating, []collaboration.Action{collaboration.ActionSolutionActivated},
			"Uppdraget kontrolleras: Klart\nLösningen aktiveras: Klart\n→ Administratören läggs upp: Pågår\nInbjudan skickas: Inte ännu\nKunden godkänner: Inte ännu"},
		"invited": {"c-platform", collaboration.AwaitingApproval, []collaboration.Action{collaboration.ActionSolutionActivated, collaboration.ActionInvitationQueued, collaboration.ActionInvitationSent},
			"Uppdraget kontrolleras: Klart\nLösningen aktiveras: Klart\nInbjudan skickas: Klart\n→ Kunden godkänner: Väntar"},
		"failed and compensated": {"c-platform", collaboration.Failed, []collaboration.Action{collaboration.ActionSolutionActivated, collaboration.ActionSolutionDeactivated, collaboration.ActionClosed},
			"Uppdraget kontrolleras: Klart\nLösningen aktiveras: Återställt\nInbjudan skickas: Misslyckades\nKunden godkänner: Blev inte av"},
		"a new customer's, withdrawn on the way": {"c-new", collaboration.Withdrawn, []collaboration.Action{collaboration.ActionClosed},
			"Uppdraget kontrolleras: Klart\nLösningen aktiveras: Blev inte av\nAdministratören läggs upp: Blev inte av\nInbjudan skickas: Blev inte av\nKunden godkänner: Återkallades"},
		"withdrawn on the way": {"c-has", collaboration.Withdrawn, []collaboration.Action{collaboration.ActionClosed},
			"Uppdraget kontrolleras: Klart\nInbjudan skickas: Blev inte av\nKunden godkänner: Återkallades"},
		"expired": {"c-has", collaboration.Expired, []collaboration.Action{collaboration.ActionInvitationSent, collaboration.ActionClosed},
			"Uppdraget kontrolleras: Klart\nInbjudan skickas: Klart\nKunden godkänner: Gick ut"},
		"approved": {"c-has", collaboration.Active, []collaboration.Action{collaboration.ActionInvitationSent, collaboration.ActionApproved},
			"Uppdraget kontrolleras: Klart\nInbjudan skickas: Klart\nKunden godkänner: Klart"},
	} {
		w := newWorld()
		id := w.with(c.customer, c.state)
		w.happened(id, collaboration.ActorSystem, c.actions...)
		page := openBrowser(t, w.server(t), nils.Email).get("/activations/" + string(id))
		if got := stepsShown(page); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, c.want)
		}
		if follows := strings.Contains(page, "data-live="); follows != c.state.IsPending() {
			t.Errorf("%s: follows %t", name, follows)
		}
		if reloads := strings.Contains(page, `<noscript><meta http-equiv="refresh"`); reloads != (c.state == collaboration.Activating) {
			t.Errorf("%s: reloads without JavaScript %t", name, reloads)
		}
	}
}

func TestActivationPage_ShowsDetails(t *testing.T) {
	t.Parallel()
	agreement := &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2026, Month: 12, Day: 1}, Started: true, Months: 12, Term: 1, Renews: true}
	sent := func(status collaboration.DeliveryStatus) func(*collaboration.Activation) {
		return func(r *collaboration.Activation) {
			r.Delivery, r.SentAt, r.TaskName = status, now, "Löpande bokföring"
		}
	}
	for name, c := range map[string]struct {
		state   collaboration.State
		change  func(*collaboration.Activation)
		sv      []string
		en      string
		without string
	}{
		"waiting": {collaboration.AwaitingApproval, sent(collaboration.DeliveryDelivered),
			[]string{"Väntar på att Åsa Öberg godkänner, senast 23 december 2026 kl. 10:30.", "Maja Ekström", "asa@oberg.example", "Levererad", "Löpande bokföring", "Dagen då kunden godkänner",
				"12 månader", "Uppdraget kontrollerat", "Countersign", "Inbjudan går ut"}, "Waiting for Åsa Öberg to approve", "summary"},
		"bounced": {collaboration.AwaitingApproval, func(r *collaboration.Activation) { sent(collaboration.DeliveryBounced)(r); createsContact(r) },
			[]string{"Mejlet till asa@oberg.example kom inte fram.", "Kontrollera adressen med kunden", `/correct">Rätta e-postadressen</a></p>`}, "The e-mail to asa@oberg.example did not arrive.", ""},
		"bounced, an existing administrator": {collaboration.AwaitingApproval, func(r *collaboration.Activation) { sent(collaboration.DeliveryBounced)(r); r.InvitedID = "a-2" },
			[]string{"Mejlet till asa@oberg.example kom inte fram.", "vidarebefordra den till en annan administratör", `href="/customers/c-platform/contacts/a-2">Ändra administratörens adress</a></p>`}, "The e-mail to asa@oberg.example did not arrive.", "/correct"},
		"unconfirmed": {collaboration.AwaitingApproval, sent(collaboration.DeliveryUnconfirmed), []string{"oklart om mejlet", "skicka inbjudan igen"}, "It is unknown", ""},
		"not sent yet": {collaboration.Activating, func(r *collaboration.Activation) { r.Delivery = collaboration.DeliveryFailed },
			[]string{"Inbjudan till asa@oberg.example har inte kunnat skickas ännu.", "Vi fortsätter att försöka"}, "could not be sent yet", ""},
		"failed": {collaboration.Failed, func(r *collaboration.Activation) { r.FailureCode = collaboration.CodeTaskClosed },
			[]string{"Uppdraget är avslutat.", "Välj ett öppet uppdrag och aktivera igen.", `href="/customers/c-platform/collaborations/financial-overview">Aktivera igen`}, "The task is closed.", "data-live"},
		"failed otherwise": {collaboration.Failed, func(r *collaboration.Activation) { r.FailureCode = collaboration.CodePlatformRefused }, []string{"Rätta felet och aktivera igen."}, "activate again", ""},
		"declined": {collaboration.Declined, func(r *collaboration.Activation) {
			r.Decision = &collaboration.Decision{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice, Comment: "För <dyrt>", At: now}
		}, []string{"Kunden tackade nej", "Priset eller villkoren passar oss inte", "För <dyrt>"}, "The customer declined.", "summary"},
		"expired": {collaboration.Expired, sent(collaboration.DeliveryBounced), []string{"Kunden svarade inte i tid."}, "did not answer in time", "summary"},
		"running": {collaboration.Active, func(r *collaboration.Activation) {
			r.Agreement, r.Decision = agreement, &collaboration.Decision{Outcome: collaboration.Approve, Offer: &collaboration.Offer{TermsVersion: "2026-11"}, At: now, By: "a-2"}
		}, []string{"Perioden slutar 30 november 2027 och avtalet förlängs då.", "Kunden godkände", "Version 2026-11", "Har åtkomst", "Maja Ekström, Nils Berg"}, "the agreement then renews", "data-live"},
	} {
		w := newWorld()
		id := w.with("c-platform", c.state, c.change)
		b := openBrowser(t, w.server(t), nils.Email)
		got := b.send(http.MethodGet, "/activations/"+string(id), nil)
		says(t, got, 200, append(c.sv, "Ekonomisk översikt, Budget & Prognos med Öbergs Snickeri AB", `href="/customers/c-platform"`)...)
		if page := mainOf(got.Body.String()); c.without != "" && strings.Contains(page, c.without) || strings.Contains(page, "<dyrt>") {
			t.Errorf("%s: %q must not be in\n%s", name, c.without, page)
		}
		b.lang = "en"
		says(t, b.send(http.MethodGet, "/activations/"+string(id), nil), 200, c.en)
		if w.changes() != 0 {
			t.Errorf("%s: something changed: %v", name, w.calls)
		}
	}
}

func TestActivationPage_HistoryNamesPeople(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := w.with("c-platform", collaboration.AwaitingApproval)
	w.happened(id, nils.ID, collaboration.ActionChanged)
	w.happened(id, "a-2", collaboration.ActionForwarded)
	w.happened(id, "emp-who-left", collaboration.ActionInvitationSent)
	w.happened(id, collaboration.ActorOperator, collaboration.ActionReminderSent)
	page := openBrowser(t, w.server(t), nils.Email).get("/activations/" + string(id))
	history := page[strings.Index(page, `<ol class="history">`):]
	for _, want := range []string{"Maja Ekström", "Countersign", "Nils Berg", "Åsa Öberg", "Någon som inte finns kvar", "Driften"} {
		if !strings.Contains(history, want) {
			t.Errorf("no %q in\n%s", want, history)
		}
	}
	if strings.Contains(history, "emp-") || strings.Contains(history, "a-2") {
		t.Errorf("an ID is shown as a name:\n%s", history)
	}
}

// Before the first write only Temporal has the activation.
func TestActivationPage_BeforeFirstWrite(t *testing.T) {
	t.Parallel()
	w := newWorld()
	id := collaboration.NewActivationID("office-1", "c-has", solutionID)
	w.statuses[id] = message.Status{Activation: id}
	b := openBrowser(t, w.server(t), nils.Email)
	got := b.send(http.MethodGet, "/activations/"+string(id), nil)
	says(t, got, 200, "Begäran är mottagen", `data-live="/activations/`+string(id)+`/live?seen=0-activating"`, `http-equiv="refresh"`)
	w.statuses[id] = message.Status{Activation: id, State: collaboration.Failed}
	got = b.send(http.MethodGet, "/activations/"+string(id), nil)
	says(t, got, 200, "Misslyckad", "avbröts innan något hann göras")
	if strings.Contains(got.Body.String(), "data-live") {
		t.Error("the page has no live stream")
	}
}

func TestActivationPage_HidesOtherOffices(t *testing.T) {
	t.Parallel()
	w := newWorld()
	other := w.with("c-other", collaboration.AwaitingApproval)
	b := openBrowser(t, w.server(t), nils.Email)
	for _, id := range []string{string(other), "nonsense", string(collaboration.NewActivationID("office-1", "c-has", solutionID))} {
		for _, path := range []string{"/activations/" + id, "/activations/" + id + "/live"} {
			says(t, b.send(http.MethodGet, path, nil), 404, "Det finns inget här")
		}
	}
}
