package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"countersign/collaboration"
)

// sent is a message on its way to a run, and what the model has it answered.
type sent struct {
	at   time.Time
	name string
	m    any
	// bySignal gets no answer.
	bySignal bool
	want     collaboration.Code
	reply    *reply
}

// draw is a life that rapid chooses, played by the model as it is drawn: what
// is sent is often about the newest generation, and sometimes late, early or
// sent before.
type draw struct {
	*rapid.T
	// order is as it was, before anybody changed it.
	order collaboration.Order
	life  *life
	sent  []sent
	// cancelled is when an operator did; zero for never.
	cancelled time.Time
}

func drawLife(t *rapid.T) *draw {
	order := orderFor(rapid.SampledFrom(scenarios).Draw(t, "scenario"))
	order.AgreementMonths = rapid.SampledFrom(collaboration.AgreementMonthChoices()).Draw(t, "months")
	d := &draw{T: t, order: order, life: begin(order)}
	for range rapid.IntRange(0, 12).Draw(t, "messages") {
		// Whole hours and a few seconds: never the very moment of a timer.
		d.life.until(d.life.now.Add(d.gap() + time.Duration(rapid.IntRange(1, 50).Draw(t, "seconds"))*time.Second))
		if d.life.over() {
			return d
		}
		d.step()
	}
	d.life.until(d.life.now.AddDate(3, 0, 0))
	return d
}

func (d *draw) gap() time.Duration {
	unit := rapid.SampledFrom([]time.Duration{0, time.Hour, day, 10 * day}).Draw(d.T, "unit")
	return unit * time.Duration(rapid.IntRange(1, 5).Draw(d.T, "units"))
}

// What is drawn: mostly what fits, sometimes what comes too early or too late.
var (
	whilePending = []string{
		collaboration.DecideMessage, collaboration.ResendMessage, collaboration.CorrectMessage, collaboration.ForwardMessage,
		collaboration.ChangeMessage, collaboration.ChangeMessage, collaboration.ChangeMessage,
		collaboration.ReportMessage, collaboration.ReportMessage, collaboration.EndMessage, "again", "rare",
	}
	whileActive = []string{
		collaboration.ChangeMessage, collaboration.ChangeMessage, collaboration.EndMessage, collaboration.EndMessage,
		collaboration.TakeBackMessage, collaboration.TakeBackMessage, collaboration.DecideMessage, collaboration.ResendMessage, "again", "rare",
	}
)

func (d *draw) step() {
	kinds := whilePending
	if d.life.state == collaboration.Active {
		kinds = whileActive
	}
	name := rapid.SampledFrom(kinds).Draw(d.T, "kind")
	if name == "rare" {
		name = rapid.SampledFrom([]string{collaboration.WithdrawMessage, "cancel"}).Draw(d.T, "rare kind")
	}
	switch {
	case name == "cancel":
		d.cancelled = d.life.now
		d.life.cancel()
	case name == "again" && len(d.sent) > 0:
		before := rapid.SampledFrom(d.sent).Draw(d.T, "which")
		d.send(before.name, before.m)
	case name != "again":
		d.send(name, d.message(name))
	}
}

func (d *draw) send(name string, m any) {
	s := sent{at: d.life.now, name: name, m: m, bySignal: rapid.Bool().Draw(d.T, "by signal"), reply: &reply{}}
	s.want = d.life.take(m)
	d.sent = append(d.sent, s)
}

func (d *draw) message(name string) any {
	id, to := fmt.Sprintf("m-%d", len(d.sent)), d.life.order.Activation
	generation := d.life.generation - rapid.IntRange(0, 1).Draw(d.T, "generations ago")
	switch name {
	case collaboration.DecideMessage:
		decision := collaboration.Decision{ID: id, Activation: to, Generation: max(generation, 1), Outcome: collaboration.Approve, By: "admin-1", TermsVersion: "2026-11", TermsHash: "hash", Locale: collaboration.Swedish}
		if rapid.IntRange(0, 3).Draw(d.T, "declines") == 0 {
			decision = collaboration.Decision{ID: id, Activation: to, Generation: max(generation, 1), Outcome: collaboration.Decline, By: "admin-1", Reason: collaboration.ReasonPrice}
		}
		return decision
	case collaboration.WithdrawMessage:
		return collaboration.Withdrawal{ID: id, Activation: to, By: "emp-2"}
	case collaboration.ResendMessage:
		return collaboration.Resend{ID: id, Activation: to, By: "emp-2"}
	case collaboration.CorrectMessage:
		return collaboration.Correction{ID: id, Activation: to, Email: "ny@kund.example", By: "emp-2"}
	case collaboration.ForwardMessage:
		return collaboration.Forwarding{ID: id, Activation: to, Administrator: "a-2", By: "emp-2"}
	case collaboration.ReportMessage:
		return collaboration.DeliveryReport{ID: id, Activation: to, Generation: generation, Status: collaboration.DeliveryBounced}
	case collaboration.EndMessage:
		return d.ending(id)
	case collaboration.TakeBackMessage:
		return collaboration.TakingBack{ID: id, Activation: to, By: "admin-1"}
	default:
		return d.change(id)
	}
}

func (d *draw) ending(id string) collaboration.Ending {
	e := collaboration.Ending{ID: id, Activation: d.life.order.Activation, By: "emp-1", When: rapid.SampledFrom([]collaboration.EndWhen{
		collaboration.EndOfTerm, collaboration.EndOfTerm, collaboration.EndOnDate, collaboration.EndNow}).Draw(d.T, "when")}
	if e.When == collaboration.EndOnDate {
		e.On = collaboration.DateOf(d.life.now.AddDate(0, 0, rapid.IntRange(-1, 500).Draw(d.T, "days ahead")))
	}
	return e
}

func (d *draw) change(id string) collaboration.Change {
	c := collaboration.Change{ID: id, Activation: d.life.order.Activation, By: "emp-2"}
	switch rapid.IntRange(0, 6).Draw(d.T, "what") {
	case 0:
		c.TaskID = "t-2"
	case 1:
		c.InvoiceRecipient = rapid.SampledFrom([]collaboration.InvoiceRecipient{collaboration.PaidByOffice, collaboration.PaidByCustomer}).Draw(d.T, "payer")
	case 2:
		c.Period = &collaboration.Period{Start: collaboration.NextMonth}
	case 3:
		c.AgreementMonths = rapid.SampledFrom(collaboration.AgreementMonthChoices()).Draw(d.T, "months")
	default:
		paused := rapid.Bool().Draw(d.T, "paused")
		c.RemindersPaused = &paused
	}
	return c
}

// play sends a life's messages to the workflow, and runs it to its end.
func (d *draw) play(s *scene) {
	s.order = d.order
	for i, m := range d.sent {
		s.after(m.at.Sub(clicked), func() {
			if s.world.count("mail") == 0 && aboutAnInvitation(m.m) {
				return // there is none yet
			}
			if m.bySignal {
				s.env.SignalWorkflow(m.name, m.m)
			} else {
				s.env.UpdateWorkflow(m.name, fmt.Sprintf("u-%d", i), m.reply, m.m)
			}
		})
	}
	if !d.cancelled.IsZero() {
		s.after(d.cancelled.Sub(clicked), s.env.CancelWorkflow)
	}
	s.run()
}

func aboutAnInvitation(m any) bool {
	switch m.(type) {
	case collaboration.Decision, collaboration.Resend, collaboration.DeliveryReport:
		return true
	}
	return false
}

// TestEveryLifeIsAsTheModelHasIt plays lives that nobody thought of.
func TestEveryLifeIsAsTheModelHasIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		d := drawLife(r)
		s := newScene(t, d.order.Scenario)
		d.play(s)
		for _, m := range d.sent {
			if m.bySignal {
				continue
			}
			if !m.reply.answered {
				r.Errorf("%s %+v was not answered", m.name, m.m)
			} else if got := m.reply.code(); got != m.want {
				r.Errorf("%s %+v after %s: %q, want %q (%v)", m.name, m.m, m.at.Sub(clicked), got, m.want, m.reply.err)
			}
		}
		if got := s.world.done(); !slices.Equal(got, d.life.facts) {
			r.Errorf("facts:\n got %q\nwant %q", got, d.life.facts)
		}
		if got := s.world.posted(); !slices.Equal(got, d.life.letters) {
			r.Errorf("letters:\n got %q\nwant %q", got, d.life.letters)
		}
		d.wantEnd(s)
	})
}

// wantEnd is where the run must be in the end, or what the next one begins with.
func (d *draw) wantEnd(s *scene) {
	if d.life.renewed {
		if got := *s.continued().Carried.Standing.Agreement; got != d.life.agreement {
			d.Errorf("the next term begins with %+v, want %+v", got, d.life.agreement)
		}
		return
	}
	var standing collaboration.Standing
	if err := s.env.GetWorkflowResult(&standing); temporal.IsCanceledError(err) {
		if d.cancelled.IsZero() {
			d.Errorf("nobody cancelled it: %v", err)
		}
		standing.State = s.world.closing.State
		if s.world.end.Activation != "" {
			standing.State = collaboration.Ended
		}
	} else if err != nil {
		d.Errorf("the run failed: %v", err)
	}
	if standing.State != d.life.state {
		d.Errorf("it is %q, want %q", standing.State, d.life.state)
	}
}
