package e2e_test

import (
	"log/slog"
	"net/http"
	"testing"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/api/rest"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/dev/harness"
	"countersign/internal/eventually"
	"countersign/starter"
)

// sendAll sends one command of each kind, under new IDs.
func sendAll(d *harness.DirectClient, id collaboration.ActivationID) map[string]error {
	d.Messages++
	name := d.Approval(id).ID
	errs := map[string]error{}
	_, errs["decide"] = d.Decide(d.T.Context(), d.Approval(id))
	_, errs["withdraw"] = d.SendCommand(d.T.Context(), message.Command{Kind: collaboration.CommandWithdraw, ID: name + "w", Activation: id, By: "emp-maja"})
	_, errs["resend"] = d.SendCommand(d.T.Context(), message.Command{Kind: collaboration.CommandResend, ID: name + "r", Activation: id, By: "emp-maja"})
	_, errs["end"] = d.SendCommand(d.T.Context(), message.Command{Kind: collaboration.CommandEnd, ID: name + "e", Activation: id, End: &message.End{When: collaboration.EndNow}, By: "emp-maja"})
	return errs
}

func TestCommands_Rejected(t *testing.T) {
	t.Parallel()
	d := harness.OpenDirectClient(t)
	d.StartWorker()
	wantAll := func(t *testing.T, id collaboration.ActivationID, want collaboration.Code) {
		t.Helper()
		for name, err := range sendAll(d, id) {
			d.WantCode(name, err, want)
		}
		_, err := d.Status(t.Context(), id)
		d.WantCode("status", err, want)
	}
	t.Run("unknown activation", func(t *testing.T) {
		wantAll(t, collaboration.NewActivationID("office-1", "c-none", "financial-overview"), collaboration.CodeActivationNotFound)
	})
	t.Run("unknown activation of a live subject", func(t *testing.T) {
		order := d.Order()
		live := d.MustStart(order)
		d.AwaitState(live, collaboration.AwaitingApproval)
		wantAll(t, collaboration.NewActivationID(order.OfficeID, order.CustomerID, order.SolutionID), collaboration.CodeActivationNotFound)
		if a := d.Activation(live); a.State != collaboration.AwaitingApproval || a.Invitation.Generation != 1 {
			t.Errorf("the live activation changed: %s, %+v", a.State, a.Invitation)
		}
	})
	t.Run("closed activation", func(t *testing.T) {
		id := d.Invite()
		withdrawal := message.Command{Kind: collaboration.CommandWithdraw, ID: "withdrawal", Activation: id, By: "emp-maja"}
		first, err := d.SendCommand(t.Context(), withdrawal)
		if err != nil {
			t.Fatal(err)
		}
		d.AwaitClosed(id, "")
		for name, err := range sendAll(d, id) {
			d.WantCode(name, err, collaboration.CodeActivationNotFound)
		}
		status, err := d.Status(t.Context(), id) // answered while Temporal retains the history
		if err != nil || status.State != collaboration.Withdrawn {
			t.Errorf("status %+v, %v", status, err)
		}
		repeat, err := d.SendCommand(t.Context(), withdrawal)
		if err != nil || repeat != first {
			t.Errorf("the repeat returns %+v, %v, and the first withdrawal %+v", repeat, err, first)
		}
		d.AwaitState(id, collaboration.Withdrawn)
	})
	t.Run("superseded link", func(t *testing.T) {
		id := d.Invite()
		resend := message.Command{Kind: collaboration.CommandResend, ID: "again", Activation: id, By: "emp-maja"}
		for range 2 { // a repeat adds no generation
			if s, err := d.SendCommand(t.Context(), resend); err != nil || s.Generation != 2 {
				t.Fatalf("resend: %+v, %v", s, err)
			}
		}
		decision := d.Approval(id)
		s, err := d.Decide(t.Context(), decision)
		d.WantCode("generation 1", err, collaboration.CodeLinkReplaced)
		if s.Generation != 2 || s.Decision != nil {
			t.Errorf("the rejection returns the status %+v", s)
		}
		decision = d.Approval(id)
		decision.Generation = 2
		if _, err = d.Decide(t.Context(), decision); err != nil {
			t.Error(err)
		}
		d.WantStarted(id)
	})
	t.Run("wrong state", func(t *testing.T) {
		id := d.Invite()
		_, err := d.SendCommand(t.Context(), message.Command{Kind: collaboration.CommandEnd, ID: "early", Activation: id, End: &message.End{When: collaboration.EndNow}, By: "emp-maja"})
		d.WantCode("end before the approval", err, collaboration.CodeNotActive)
		if _, err := d.Decide(t.Context(), d.Approval(id)); err != nil {
			t.Fatal(err)
		}
		d.WantStarted(id)
		_, err = d.SendCommand(t.Context(), message.Command{Kind: collaboration.CommandWithdraw, ID: "late", Activation: id, By: "emp-maja"})
		d.WantCode("withdraw after the approval", err, collaboration.CodeAlreadyDecided)
		_, err = d.SendCommand(t.Context(), message.Command{Kind: collaboration.CommandEnd, ID: "sometime", Activation: id, End: &message.End{When: "sometime"}, By: "emp-maja"})
		d.WantCode("end at an unknown time", err, collaboration.CodeInvalidRequest)
		d.WantStarted(id)
	})
}

// Without Temporal, every call fails with CodeUnavailable within its own deadline.
func TestStarter_WithoutTemporal(t *testing.T) {
	t.Parallel()
	c, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := starter.New(c, harness.ShortTimeout)
	order := harness.OrderFor(harness.Scenarios[2].Request)
	ctx := eventually.Context(t)
	errs := map[string]error{"start": s.Start(ctx, order)}
	_, errs["status"] = s.Status(ctx, order.Activation)
	_, errs["resend"] = s.SendCommand(ctx, message.Command{Kind: collaboration.CommandResend, ID: "r", Activation: order.Activation})
	for name, err := range errs {
		if collaboration.CodeOf(err) != collaboration.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Only a customer's own administrators may read and decide its invitation, even if
// others have the link. They see their own customer's collaborations only.
func TestRights_OnlyTheCustomersAdministratorsDecide(t *testing.T) {
	t.Parallel()
	o := harness.StartStack(t, harness.Backends[0].Use)
	id := o.Activate(harness.Scenarios[1].Request)
	a := o.AwaitState(id, collaboration.AwaitingApproval)
	link := o.Mails(a.Invitation.Email)[0].Links[0]
	path := "/v1/collaborations/" + string(id)
	const (
		main, deputy = "hjordis@blabarsbageriet.example", "Ture@Blabarsbageriet.example"
		other, vera  = "tove@fagelsang.example", "vera@nowhere.example"
	)
	decline := rest.DecisionRequest{Outcome: collaboration.Decline, Reason: collaboration.ReasonPrice}
	callers := map[string]*harness.Office{
		"the office": o, "another customer": o.Customer(other).Office, "an employee without rights": o.Customer(vera).Office,
		"an unknown token": o.As(t, "nobody-0123456789ab"), "no token": o.As(t, ""),
	}
	for name, caller := range callers {
		for _, path := range []string{harness.InvitationPath(link), path} {
			if r := caller.Call(http.MethodGet, path, nil, nil); r.StatusCode/100 != 4 {
				t.Errorf("%s reads %s: %s", name, path, r.Status)
			}
		}
		if r := caller.Call(http.MethodPost, harness.InvitationPath(link)+"/decision", decline, nil); r.StatusCode/100 != 4 {
			t.Errorf("%s decides: %s", name, r.Status)
		}
	}
	if s := o.Activation(id).State; s != collaboration.AwaitingApproval {
		t.Fatalf("the activation is %s", s)
	}

	// Each of the two administrators may decide.
	o.Customer(deputy).Approve(link)
	o.AwaitState(id, collaboration.Active)
	var own, others endpoint.ListView[rest.CollaborationView]
	o.Customer(main).Call(http.MethodGet, "/v1/collaborations", nil, &own)
	o.Customer(other).Call(http.MethodGet, "/v1/collaborations", nil, &others)
	if len(own.Items) != 1 || own.Items[0].ID != id || len(others.Items) != 0 {
		t.Errorf("the customer sees %+v, another customer sees %+v", own.Items, others.Items)
	}
	now := map[string]any{"when": "now"}
	for name, caller := range callers {
		if caller == o {
			continue // the office may end its activation
		}
		for _, path := range []string{path + "/end", "/v1/activations/" + string(id) + "/end"} {
			if r := caller.Call(http.MethodPost, path, now, nil); r.StatusCode/100 != 4 {
				t.Errorf("%s ends the agreement at %s: %s", name, path, r.Status)
			}
		}
	}
	if s := o.Activation(id).State; s != collaboration.Active {
		t.Fatalf("the activation is %s", s)
	}
	if r := o.Customer(main).Call(http.MethodPost, path+"/end", now, nil); r.StatusCode != http.StatusOK {
		t.Errorf("the customer ends the agreement: %s", r.Status)
	}
	o.AwaitState(id, collaboration.Ended)
}
