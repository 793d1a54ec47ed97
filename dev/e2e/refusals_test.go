package e2e_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"countersign/collaboration"
	"countersign/starter"
)

// sendAll sends one message of each kind, under ids of their own.
func (d *desk) sendAll(id collaboration.ActivationID) map[string]error {
	d.messages++
	name := d.approval(id).ID
	errs := map[string]error{}
	_, errs["decide"] = d.Decide(d.t.Context(), d.approval(id))
	_, errs["withdraw"] = d.Withdraw(d.t.Context(), collaboration.Withdrawal{ID: name + "w", Activation: id, By: "emp-maja"})
	_, errs["resend"] = d.Resend(d.t.Context(), collaboration.Resend{ID: name + "r", Activation: id, By: "emp-maja"})
	_, errs["end"] = d.End(d.t.Context(), collaboration.Ending{ID: name + "e", Activation: id, When: collaboration.EndNow, By: "emp-maja"})
	return errs
}

func TestRefusals(t *testing.T) {
	d := openDesk(t)
	d.work()
	wantAll := func(t *testing.T, id collaboration.ActivationID, want collaboration.Code) {
		t.Helper()
		for name, err := range d.sendAll(id) {
			d.wantCode(name, err, want)
		}
		_, err := d.Standing(t.Context(), id)
		d.wantCode("standing", err, want)
	}
	t.Run("an activation that never was", func(t *testing.T) {
		wantAll(t, collaboration.NewActivationID("office-1", "c-none", "financial-overview"), collaboration.CodeActivationNotFound)
	})
	t.Run("another activation of a live subject", func(t *testing.T) {
		order := d.order()
		live := d.mustStart(order)
		d.await(live, collaboration.AwaitingApproval)
		wantAll(t, collaboration.NewActivationID(order.OfficeID, order.CustomerID, order.SolutionID), collaboration.CodeActivationNotFound)
		if a := d.activation(live); a.State != collaboration.AwaitingApproval || a.Invitation.Generation != 1 {
			t.Errorf("it changed the live one: %s, %+v", a.State, a.Invitation)
		}
	})
	t.Run("one that is over", func(t *testing.T) {
		id := d.invite()
		withdrawal := collaboration.Withdrawal{ID: "take it back", Activation: id, By: "emp-maja"}
		first, err := d.Withdraw(t.Context(), withdrawal)
		if err != nil {
			t.Fatal(err)
		}
		d.awaitClosed(id, "")
		for name, err := range d.sendAll(id) {
			d.wantCode(name, err, collaboration.CodeActivationNotFound)
		}
		standing, err := d.Standing(t.Context(), id) // for as long as the engine keeps its history
		if err != nil || standing.State != collaboration.Withdrawn {
			t.Errorf("standing %+v, %v", standing, err)
		}
		repeat, err := d.Withdraw(t.Context(), withdrawal)
		if err != nil || repeat != first {
			t.Errorf("a repeat is answered with %+v, %v, at first %+v", repeat, err, first)
		}
		d.await(id, collaboration.Withdrawn)
	})
	t.Run("an older link", func(t *testing.T) {
		id := d.invite()
		resend := collaboration.Resend{ID: "again", Activation: id, By: "emp-maja"}
		for range 2 { // a repeat opens no further generation
			if s, err := d.Resend(t.Context(), resend); err != nil || s.Generation != 2 {
				t.Fatalf("resend: %+v, %v", s, err)
			}
		}
		decision := d.approval(id)
		s, err := d.Decide(t.Context(), decision)
		d.wantCode("generation 1", err, collaboration.CodeLinkReplaced)
		if s.Generation != 2 || s.Decision != nil {
			t.Errorf("refused with %+v", s)
		}
		decision = d.approval(id)
		decision.Generation = 2
		if _, err = d.Decide(t.Context(), decision); err != nil {
			t.Error(err)
		}
		d.wantStarted(id)
	})
	t.Run("too early and too late", func(t *testing.T) {
		id := d.invite()
		_, err := d.End(t.Context(), collaboration.Ending{ID: "early", Activation: id, When: collaboration.EndNow, By: "emp-maja"})
		d.wantCode("end before it runs", err, collaboration.CodeNotActive)
		if _, err := d.Decide(t.Context(), d.approval(id)); err != nil {
			t.Fatal(err)
		}
		d.wantStarted(id)
		_, err = d.Withdraw(t.Context(), collaboration.Withdrawal{ID: "late", Activation: id, By: "emp-maja"})
		d.wantCode("withdraw while it runs", err, collaboration.CodeAlreadyDecided)
		_, err = d.End(t.Context(), collaboration.Ending{ID: "sometime", Activation: id, When: "sometime", By: "emp-maja"})
		d.wantCode("end sometime", err, collaboration.CodeInvalidRequest)
		d.wantStarted(id)
	})
}

// Without an engine everything is unavailable, and nobody waits for long.
func TestAnEngineThatIsAway(t *testing.T) {
	c, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := starter.New(c, answerWithin/2)
	order := orderFor(requests[2].request)
	ctx, cancel := context.WithTimeout(t.Context(), answerWithin)
	defer cancel()
	began := time.Now()
	errs := map[string]error{"start": s.Start(ctx, order)}
	_, errs["standing"] = s.Standing(t.Context(), order.Activation)
	_, errs["resend"] = s.Resend(t.Context(), collaboration.Resend{ID: "r", Activation: order.Activation})
	for name, err := range errs {
		if collaboration.CodeOf(err) != collaboration.CodeUnavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	if took := time.Since(began); took > 5*answerWithin {
		t.Errorf("it took %s", took)
	}
}
