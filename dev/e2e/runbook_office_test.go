package e2e_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"countersign/api"
	"countersign/collaboration"
)

// An office's address does not answer for a day; later it says that it is gone,
// by mistake.
func anAddressIsBroken(r *rehearsal) {
	l := &listener{broken: 1 << 30}
	server := httptest.NewServer(l)
	defer server.Close()
	var added api.NewWebhookView
	if got := r.call(http.MethodPost, "/v1/webhooks", api.WebhookRequest{URL: server.URL}, &added); got.StatusCode != http.StatusCreated {
		r.t.Fatalf("add: %s", got.Status)
	}
	defer r.call(http.MethodDelete, "/v1/webhooks/"+added.ID, nil, nil)
	id, _ := r.invite()
	l.set(func() { l.broken = 0 })
	fill := []string{"ID", added.ID, "DATE", time.Now().AddDate(0, 0, -1).Format(time.DateOnly)}
	const replay = "countersign webhooks replay ID --since DATE"
	r.see("a `webhook-…` run that goes on")
	r.do(replay, fill...)
	l.awaitEvent(r, id)

	l.set(func() { l.gone = true })
	r.invite()
	r.awaitWebhook(added.ID, func(w api.WebhookView) bool { return !w.DisabledAt.IsZero() })
	l.set(func() { l.gone, l.ids = false, nil })
	r.see("a webhook with `disabled_at`")
	r.do("countersign webhooks enable ID", fill[:2]...)
	r.awaitWebhook(added.ID, func(w api.WebhookView) bool { return w.DisabledAt.IsZero() })
	r.do(replay, fill...)
	l.awaitEvent(r, id)
	r.awaitNoWebhookRuns()
}

func (l *listener) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

// awaitEvent waits until it was told that an invitation was sent.
func (l *listener) awaitEvent(r *rehearsal, id collaboration.ActivationID) {
	r.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		var all string
		l.set(func() { all = strings.Join(l.ids, " ") })
		if strings.Contains(all, string(id)) {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("it was not told of %s: %s", id, all)
		}
	}
}

func (r *rehearsal) awaitWebhook(id string, good func(api.WebhookView) bool) {
	r.t.Helper()
	var list api.ListView[api.WebhookView]
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		r.call(http.MethodGet, "/v1/webhooks", nil, &list)
		for _, w := range list.Items {
			if w.ID == id && good(w) {
				return
			}
		}
	}
	r.t.Fatalf("the webhooks are %+v", list.Items)
}

// awaitNoWebhookRuns has what still waits for its next attempt tried.
func (r *rehearsal) awaitNoWebhookRuns() {
	r.t.Helper()
	c := r.engine()
	defer c.Close()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		r.shell(`countersign ops retry --query "WorkflowType = 'WebhookWorkflow'" --yes`)
		n, err := c.CountWorkflow(r.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = 'WebhookWorkflow' AND ExecutionStatus = 'Running'"})
		if err == nil && n.Count == 0 {
			return
		}
		if time.Now().After(end) {
			r.t.Fatalf("%v, webhooks go on", err)
		}
	}
}

func rowsAreRefused(r *rehearsal) {
	*r.activated += 2
	good, noTask := r.requestFor(*r.activated-2, "batch"+atClient), r.requestFor(*r.activated-1, "refused"+atClient)
	refused := noTask
	refused.TaskID = "t-1001-1" // another customer's
	good.SolutionID, refused.SolutionID = "", ""
	var b api.BatchView
	r.site.withoutWorkers(func() {
		request := api.BatchRequest{SolutionID: "financial-overview", Rows: []collaboration.Request{good, refused}}
		if got := r.call(http.MethodPost, "/v1/batches", request, &b); got.StatusCode != http.StatusAccepted {
			r.t.Fatalf("batch: %s", got.Status)
		}
		r.see("a batch stays `running`")
		r.wants("State running", "countersign batch status ID", "ID", b.ID)
		r.see("EngineExhausted")
		r.do("countersign batch cancel ID", "ID", b.ID)
		r.wants("State cancelled", "countersign batch status ID", "ID", b.ID)
	})
	if code, said := r.try("countersign batch retry ID", "ID", b.ID); code != 1 || !strings.Contains(said, "Started 1") || !strings.Contains(said, "Refused 1") {
		r.t.Errorf("exit code %d: %s", code, said)
	}
	r.see("a batch stays `running`")
	r.awaits("Pending 0", "countersign batch status ID", "ID", b.ID)

	r.database(`UPDATE tasks SET customer_id = '` + noTask.CustomerID + `' WHERE id = 't-1001-1'`)
	r.see("rows of a batch `refused`")
	r.wants("Refused 0", "countersign batch retry ID", "ID", b.ID)
}

// database mends something behind the product's back, or breaks it.
func (r *rehearsal) database(statement string) {
	r.t.Helper()
	db, err := sql.Open("pgx", r.site.database)
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(r.t.Context(), statement); err != nil {
		r.t.Fatal(err)
	}
}

func theMainContactIsGone(r *rehearsal) {
	id, email := r.invite()
	r.customer(email).approve(r.link(email))
	customer := r.await(id, collaboration.Active).CustomerID
	r.database(fmt.Sprintf("UPDATE administrators SET main_contact = FALSE WHERE customer_id = '%s'", customer))
	end := func() (p api.Problem, status int) {
		return p, r.call(http.MethodPost, "/v1/activations/"+string(id)+"/end", map[string]any{"when": "now"}, &p).StatusCode
	}
	if _, status := end(); status != http.StatusConflict {
		r.t.Errorf("ended without a main contact: %d", status)
	}
	var view api.CustomerView
	r.call(http.MethodGet, "/v1/customers/"+customer, nil, &view)
	r.see("`main_contact_missing` when ending")
	r.do("countersign main-contact CUSTOMER ADMINISTRATOR", "CUSTOMER", customer, "ADMINISTRATOR", view.Administrators[0].ID)
	if _, status := end(); status != http.StatusOK {
		r.t.Errorf("with a main contact: %d", status)
	}
	r.await(id, collaboration.Ended)
}

func everybodyShallLogInAgain(r *rehearsal) {
	v, page := visitor(r.t), r.at.API+"/my/collaborations"
	logIn(r.t, v, page, "hjordis@blabarsbageriet.example")
	loggedIn := func() bool {
		response, err := v.Get(page)
		if err != nil {
			r.t.Fatal(err)
		}
		response.Body.Close()
		return response.Request.URL.Path == "/my/collaborations"
	}
	if !loggedIn() {
		r.t.Fatal("nobody is logged in")
	}
	url := "redis://" + r.site.redis.Addr
	r.see("Keys and tokens")
	r.do("redis-cli -u URL --scan --pattern 'countersign:session:*' | xargs -r redis-cli -u URL del", "URL", url)
	if loggedIn() {
		r.t.Error("the session goes on")
	}
}
