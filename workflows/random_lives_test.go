package workflows_test

import (
	"flag"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"pgregory.net/rapid"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/rehearsal"
)

// checkLives checks a property of random lives. Without many, the lives are the same each
// time; with many, there are more of them, with a new seed each time. The flags
// -rapid.checks and -rapid.seed, and rapid's environment, take precedence.
func checkLives(t *testing.T, many bool, property func(*rapid.T)) {
	t.Helper()
	limitLives(t, many)
	rapid.Check(t, property)
}

// limitLives sets rapid's flags, which all tests of this binary share, once.
func limitLives(t *testing.T, many bool) {
	t.Helper()
	limited.Do(func() {
		name, unset, value := "rapid.seed", "0", "1"
		if many {
			name, unset, value = "rapid.checks", "100", "500"
		}
		if flag.Lookup(name).Value.String() == unset {
			if err := flag.Set(name, value); err != nil {
				t.Error(err)
			}
		}
	})
}

var limited sync.Once

// sentCommand is a command, and its answer in the model.
type sentCommand struct {
	at time.Time
	c  message.Command
	// bySignal is true for a Signal, which has no reply.
	bySignal bool
	want     collaboration.Code
	reply    *reply
}

// draw is a random life. The model runs it while it is drawn. Most commands concern the current
// generation; some are late, early or repeated.
type draw struct {
	*rapid.T
	// order is the initial order.
	order collaboration.Order
	life  *life
	sent  []sentCommand
	// cancelled is the time of an operator's cancellation; zero for none.
	cancelled time.Time
	// suggested has the times at which Temporal suggests a continue-as-new. The model
	// ignores them, because a continue-as-new has no effect.
	suggested []time.Time
}

func drawLife(t *rapid.T) *draw {
	order := orderFor(rapid.SampledFrom(scenarios).Draw(t, "scenario"))
	order.AgreementMonths = rapid.SampledFrom(collaboration.AgreementMonthChoices()).Draw(t, "months")
	order.TermsVersion = "2026-11"
	order.Period = rapid.SampledFrom([]collaboration.Period{
		{Start: collaboration.OnApproval}, {Start: collaboration.NextMonth}, {Start: collaboration.ChosenMonth, Month: day2027(time.June, 1)},
	}).Draw(t, "period")
	d := &draw{T: t, order: order, life: begin(order, rapid.SliceOfN(rapid.IntRange(1, 6), 0, 2).Draw(t, "refused addresses"))}
	d.life.onUnapproved = rapid.SampledFrom([]collaboration.RenewalPolicy{"", collaboration.RenewUnchanged, collaboration.EndAgreement}).Draw(t, "other terms")
	for range rapid.IntRange(0, 12).Draw(t, "messages") {
		// Whole hours plus a few seconds never coincide with a timer.
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

// The commands to draw from. Some are too early or too late for the state.
var (
	whilePending = []collaboration.Command{
		collaboration.CommandDecide, collaboration.CommandResend, collaboration.CommandCorrect, collaboration.CommandForward,
		collaboration.CommandHandOn, collaboration.CommandHandOn, collaboration.CommandChange, collaboration.CommandChange, collaboration.CommandChange,
		collaboration.CommandReport, collaboration.CommandReport, collaboration.CommandEnd, "again", "rare",
	}
	whileActive = []collaboration.Command{
		collaboration.CommandChange, collaboration.CommandChange, collaboration.CommandEnd, collaboration.CommandEnd,
		collaboration.CommandRevokeNotice, collaboration.CommandRevokeNotice, collaboration.CommandDecide,
		collaboration.CommandDecideChange, collaboration.CommandDecideChange, collaboration.CommandWithdrawChange, collaboration.CommandResend, "again", "rare",
	}
)

func (d *draw) step() {
	kinds := whilePending
	if d.life.state == collaboration.Active {
		kinds = whileActive
	}
	name := rapid.SampledFrom(kinds).Draw(d.T, "kind")
	if name == "rare" {
		name = rapid.SampledFrom([]collaboration.Command{collaboration.CommandWithdraw, "cancel"}).Draw(d.T, "rare kind")
	}
	switch {
	case name == "cancel":
		d.cancelled = d.life.now
		d.life.cancel()
	case name == "again" && len(d.sent) > 0:
		before := rapid.SampledFrom(d.sent).Draw(d.T, "which")
		d.send(before.c)
	case name != "again":
		d.send(d.command(name))
	}
}

func (d *draw) send(c message.Command) {
	if rapid.IntRange(0, 5).Draw(d.T, "continues as new") == 0 {
		d.suggested = append(d.suggested, d.life.now)
	}
	s := sentCommand{at: d.life.now, c: c, bySignal: rapid.Bool().Draw(d.T, "by signal"), reply: &reply{}}
	s.want = d.life.take(c)
	d.sent = append(d.sent, s)
}

func (d *draw) command(kind collaboration.Command) message.Command {
	c := message.Command{ID: fmt.Sprintf("m-%d", len(d.sent)), Activation: d.life.order.Activation, Kind: kind, By: "emp-2"}
	generation := max(d.life.generation-rapid.IntRange(0, 1).Draw(d.T, "generations ago"), 1)
	switch kind {
	case collaboration.CommandDecide:
		return d.decision(c, generation)
	case collaboration.CommandDecideChange:
		c = d.decision(c, max(d.life.proposal.number-rapid.IntRange(0, 2).Draw(d.T, "proposals ago")/2, 1))
		c.Kind = kind
		return c
	case collaboration.CommandCorrect:
		c.Email = "ny@kund.example"
	case collaboration.CommandForward:
		c.Administrator = "a-2"
	case collaboration.CommandHandOn:
		address := rapid.SampledFrom([]string{"per@kund.example", "known@kund.example"}).Draw(d.T, "colleague")
		c.By, c.HandOn = "admin-1", &message.HandOn{Colleague: colleague(address), Generation: generation}
	case collaboration.CommandReport:
		c.Report = &message.Report{Generation: generation, Status: collaboration.DeliveryBounced,
			Administrator: rapid.SampledFrom([]string{"admin-1", "admin-2", "admin-3"}).Draw(d.T, "bounced"), Partial: rapid.Bool().Draw(d.T, "partial")}
	case collaboration.CommandEnd:
		c.End = d.end()
	case collaboration.CommandChange:
		c.Change = d.change()
	}
	return c
}

func (d *draw) decision(c message.Command, generation int) message.Command {
	decision := collaboration.Decision{ID: c.ID, Activation: c.Activation, Generation: generation, By: "admin-1", Outcome: collaboration.Approve,
		Offer: &collaboration.Offer{TermsVersion: "2026-11", TermsHash: "hash", Locale: collaboration.Swedish}}
	if rapid.IntRange(0, 3).Draw(d.T, "declines") == 0 {
		decision = collaboration.Decision{ID: c.ID, Activation: c.Activation, Generation: generation, By: "admin-1", Outcome: collaboration.Decline,
			Reason: collaboration.ReasonPrice}
	}
	return message.Decide(decision)
}

func (d *draw) end() *message.End {
	e := &message.End{When: rapid.SampledFrom([]collaboration.EndWhen{
		collaboration.EndOfTerm, collaboration.EndOfTerm, collaboration.EndOnDate, collaboration.EndNow}).Draw(d.T, "when")}
	e.OnEnd = rapid.SampledFrom([]collaboration.EndPolicy{"", "", collaboration.ReadOnly, collaboration.ContinueAlone, collaboration.Delete}).Draw(d.T, "on end")
	if e.When == collaboration.EndOnDate {
		e.On = collaboration.DateOf(d.life.now.AddDate(0, 0, rapid.IntRange(-1, 500).Draw(d.T, "days ahead")))
	}
	return e
}

func (d *draw) change() *collaboration.Change {
	c := &collaboration.Change{}
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

// play runs the workflow with the commands of a life.
func (d *draw) play(t *testing.T, fail map[string]func(int) error) *scene {
	t.Helper()
	s := newSceneWith(t, d.order.Scenario, d.catalogue())
	s.backend.fail = fail
	if fail["mail"] == nil {
		fail["mail"] = d.refusal
	}
	d.plan(s)
	s.run()
	return s
}

// refusal is the provider's answer to the mail of a generation.
func (d *draw) refusal(generation int) error {
	if slices.Contains(d.life.refused, generation) {
		return &collaboration.Error{Code: collaboration.CodeMailRejected}
	}
	return nil
}

// catalogue has other terms than the order, unless the life has the same ones.
func (d *draw) catalogue() collaboration.Catalogue {
	s := collaboration.Solution{ID: d.order.SolutionID, Terms: collaboration.Terms{Version: d.order.TermsVersion}, OnUnapprovedRenewal: d.life.onUnapproved}
	if d.life.onUnapproved != "" {
		s.Terms.Version = "2027-01"
	}
	return collaboration.NewCatalogue(s)
}

func (d *draw) plan(s *scene) {
	s.order = d.order
	for _, at := range d.suggested {
		// Shortly after a command, because the environment drops an Update that comes with the
		// end of an execution; Temporal passes it to the next one.
		s.suggestContinueAsNew(at.Sub(requestedAt) + 300*time.Millisecond)
	}
	for i, m := range d.sent {
		s.after(m.at.Sub(requestedAt), func() {
			if s.backend.count("mail") == 0 && aboutAnInvitation(m.c.Kind) {
				return // no invitation was sent
			}
			if m.bySignal {
				s.signal(m.c)
			} else {
				s.updateInto(m.reply, fmt.Sprintf("u-%d", i), m.c)
			}
		})
	}
	if !d.cancelled.IsZero() {
		s.after(d.cancelled.Sub(requestedAt), func() { s.env.CancelWorkflow() })
	}
}

func aboutAnInvitation(kind collaboration.Command) bool {
	return slices.Contains([]collaboration.Command{collaboration.CommandDecide, collaboration.CommandResend, collaboration.CommandHandOn, collaboration.CommandReport}, kind)
}

// TestRandomLives_MatchModel compares the workflow with the model in random lives.
func TestRandomLives_MatchModel(t *testing.T) {
	t.Parallel()
	checkLives(t, rehearsal.Enabled, func(r *rapid.T) {
		d := drawLife(r)
		s := d.play(t, map[string]func(int) error{})
		for _, m := range d.sent {
			if m.bySignal {
				continue
			}
			if !m.reply.answered {
				r.Errorf("%+v was not answered", m.c)
			} else if got := m.reply.code(); got != m.want {
				r.Errorf("%+v after %s: %q, want %q (%v)", m.c, m.at.Sub(requestedAt), got, m.want, m.reply.err)
			}
		}
		if got := s.backend.done(); !slices.Equal(got, d.life.writes) {
			r.Errorf("writes:\n got %q\nwant %q", got, d.life.writes)
		}
		if got := s.backend.posted(); !slices.Equal(got, d.life.notifications) {
			r.Errorf("notifications:\n got %q\nwant %q", got, d.life.notifications)
		}
		d.wantEnd(s)
	})
}

// wantEnd checks the state at the end, or the agreement of the next term.
func (d *draw) wantEnd(s *scene) {
	if d.life.renewed {
		next, ok := s.carried()
		if !ok || next.Status.Agreement == nil {
			d.Errorf("the last execution ended with %v, want a next term", s.env.GetWorkflowError())
		} else if got := *next.Status.Agreement; got != d.life.agreement {
			d.Errorf("the next term begins with %+v, want %+v", got, d.life.agreement)
		}
		return
	}
	var status message.Status
	if err := s.env.GetWorkflowResult(&status); temporal.IsCanceledError(err) {
		if d.cancelled.IsZero() {
			d.Errorf("cancelled without a cancellation: %v", err)
		}
		status.State = s.backend.closing.State
		if s.backend.end.Activation != "" {
			status.State = collaboration.Ended
		}
	} else if err != nil {
		d.Errorf("the execution failed: %v", err)
	}
	if got := s.backend.end.OnEnd; got != d.life.ended {
		d.Errorf("the policy at the end is %q, want %q", got, d.life.ended)
	}
	if status.State != d.life.state {
		d.Errorf("the state is %q, want %q", status.State, d.life.state)
	}
}
