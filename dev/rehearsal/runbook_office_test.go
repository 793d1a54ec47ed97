package rehearsal_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/workflowservice/v1"

	"countersign/api/present"
	"countersign/api/problem"
	"countersign/api/rest"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

// A webhook's address fails for a day. Later it answers 410 Gone by mistake.
func webhookAddressFails(r *runbookScenario) {
	l := &external.WebhookListener{FailuresLeft: 1 << 30}
	server := httptest.NewServer(l)
	defer server.Close()
	var added rest.NewWebhookView
	if got := r.Call(http.MethodPost, "/v1/webhooks", rest.WebhookRequest{URL: server.URL}, &added); got.StatusCode != http.StatusCreated {
		r.t.Fatalf("add: %s", got.Status)
	}
	defer r.Call(http.MethodDelete, "/v1/webhooks/"+added.ID, nil, nil)
	id, _ := r.invite()
	update(l, func() { l.FailuresLeft = 0 })
	values := []string{"ID", added.ID, "DATE", time.Now().AddDate(0, 0, -1).Format(time.DateOnly)}
	const replay = "countersign webhooks replay ID --since DATE"
	r.see("a `webhook-…` execution stays open")
	r.do(replay, values...)
	awaitEvent(l, r, id)

	update(l, func() { l.IsGone = true })
	r.invite()
	r.awaitWebhook(added.ID, func(w rest.WebhookView) bool { return !w.DisabledAt.IsZero() })
	update(l, func() { l.IsGone, l.IDs = false, nil })
	r.see("a webhook with `disabled_at`")
	r.do("countersign webhooks enable ID", values[:2]...)
	r.awaitWebhook(added.ID, func(w rest.WebhookView) bool { return w.DisabledAt.IsZero() })
	r.do(replay, values...)
	awaitEvent(l, r, id)
	r.awaitWebhooksDelivered()
}

func update(l *external.WebhookListener, change func()) {
	l.Mu.Lock()
	defer l.Mu.Unlock()
	change()
}

// awaitEvent waits until the listener has an event of an activation.
func awaitEvent(l *external.WebhookListener, r *runbookScenario, id collaboration.ActivationID) {
	r.t.Helper()
	eventually.OK(r.t, "an event of "+string(id)+" is delivered", func() error {
		var all string
		update(l, func() { all = strings.Join(l.IDs, " ") })
		if !strings.Contains(all, string(id)) {
			return fmt.Errorf("delivered are %s", all)
		}
		return nil
	})
}

// awaitWebhook waits until a webhook's view fulfils a condition.
func (r *runbookScenario) awaitWebhook(id string, condition func(rest.WebhookView) bool) {
	r.t.Helper()
	eventually.OK(r.t, "the webhook is changed", func() error {
		var list endpoint.ListView[rest.WebhookView]
		r.Call(http.MethodGet, "/v1/webhooks", nil, &list)
		if !slices.ContainsFunc(list.Items, func(w rest.WebhookView) bool { return w.ID == id && condition(w) }) {
			return fmt.Errorf("the webhooks are %+v", list.Items)
		}
		return nil
	})
}

// awaitWebhooksDelivered retries deliveries until none is pending.
func (r *runbookScenario) awaitWebhooksDelivered() {
	r.t.Helper()
	c := r.Temporal()
	eventually.OK(r.t, "no webhook is pending", func() error {
		r.shell(`countersign ops retry --query "WorkflowType = 'WebhookWorkflow'" --yes`)
		n, err := c.CountWorkflow(r.t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "WorkflowType = 'WebhookWorkflow' AND ExecutionStatus = 'Running'"})
		if err == nil && n.Count > 0 {
			err = fmt.Errorf("%d are pending", n.Count)
		}
		return err
	})
}

// A row of a batch has a wrong task. The batch stays pending while no worker runs.
func rowsAreRefused(r *runbookScenario) {
	*r.activated += 2
	good, noTask := r.RequestFor(*r.activated-2, "batch"+harness.ClientDomain), r.RequestFor(*r.activated-1, "refused"+harness.ClientDomain)
	refused := noTask           // until the task is corrected
	refused.TaskID = "t-1001-1" // another customer's
	good.SolutionID, refused.SolutionID = "", ""
	var b rest.BatchView
	withoutWorkers(r.site, func() {
		request := rest.BatchRequest{SolutionID: "financial-overview", Rows: []collaboration.Request{good, refused}}
		if got := r.Call(http.MethodPost, "/v1/batches", request, &b); got.StatusCode != http.StatusAccepted {
			r.t.Fatalf("batch: %s", got.Status)
		}
		r.see("a batch stays `running`")
		r.wants("State running", "countersign batch status ID", "ID", b.ID)
		r.see("TemporalRateLimited")
		r.do("countersign batch cancel ID", "ID", b.ID)
		r.wants("State cancelled", "countersign batch status ID", "ID", b.ID)
	})
	if code, output := r.try("countersign batch retry ID", "ID", b.ID); code != 1 || !strings.Contains(output, "Started 1") || !strings.Contains(output, "Rejected 1") {
		r.t.Errorf("exit code %d: %s", code, output)
	}
	r.see("a batch stays `running`")
	r.awaits("Pending 0", "countersign batch status ID", "ID", b.ID)

	r.database(`UPDATE tasks SET customer_id = '` + noTask.CustomerID + `' WHERE id = 't-1001-1'`)
	r.see("rows of a batch `refused`")
	r.wants("Rejected 0", "countersign batch retry ID", "ID", b.ID)
}

// database runs an SQL statement on the site's database.
func (r *runbookScenario) database(statement string) {
	r.t.Helper()
	db, err := sql.Open("pgx", servertest.As(r.site.Database, servertest.Superuser))
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(r.t.Context(), statement); err != nil {
		r.t.Fatal(err)
	}
}

// The last main contact of a customer is removed.
func mainContactIsMissing(r *runbookScenario) {
	id, email := r.invite()
	r.Customer(email).Approve(r.link(email))
	customer := r.AwaitState(id, collaboration.Active).CustomerID
	r.database(fmt.Sprintf("UPDATE administrators SET main_contact = FALSE WHERE customer_id = '%s'", customer))
	end := func() (p problem.Problem, status int) {
		return p, r.Call(http.MethodPost, "/v1/activations/"+string(id)+"/end", map[string]any{"when": "now"}, &p).StatusCode
	}
	if _, status := end(); status != http.StatusConflict {
		r.t.Errorf("ended without a main contact: %d", status)
	}
	var view present.Customer
	r.Call(http.MethodGet, "/v1/customers/"+customer, nil, &view)
	r.see("`main_contact_missing` on an end")
	r.do("countersign main-contact CUSTOMER ADMINISTRATOR", "CUSTOMER", customer, "ADMINISTRATOR", view.Administrators[0].ID)
	if _, status := end(); status != http.StatusOK {
		r.t.Errorf("with a main contact: %d", status)
	}
	r.AwaitState(id, collaboration.Ended)
}

// An operator ends all sessions.
func sessionsAreEnded(r *runbookScenario) {
	browser, page := harness.NewBrowser(r.t), r.At.API+"/my/collaborations"
	harness.LogIn(r.t, browser, page, "hjordis@blabarsbageriet.example")
	isLoggedIn := func() bool {
		response, err := browser.Get(page)
		if err != nil {
			r.t.Fatal(err)
		}
		response.Body.Close()
		return response.Request.URL.Path == "/my/collaborations"
	}
	if !isLoggedIn() {
		r.t.Fatal("the browser is not logged in")
	}
	url := "redis://" + r.site.Redis.Addr
	r.see("End all sessions")
	r.do("redis-cli -u URL --scan --pattern 'countersign:session:*' | xargs -r redis-cli -u URL del", "URL", url)
	if isLoggedIn() {
		r.t.Error("the session still exists")
	}
}
