package workflows

import (
	"errors"
	"slices"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

// mailbox is every door through which a message can come.
type mailbox struct {
	doors []func() // each takes all that waits behind one door
	taken []string // ids of messages taken, oldest first
}

// maxTaken bounds what a run remembers of its messages: far more than people
// send in one activation's life, far less than a payload's limit.
const maxTaken = 200

// empty takes every message that has arrived. What a run has not taken when it
// closes is lost.
func (m *mailbox) empty() {
	for _, takeAll := range m.doors {
		takeAll()
	}
}

func (m *mailbox) has(id string) bool { return slices.Contains(m.taken, id) }

func (m *mailbox) note(id string) {
	m.taken = append(m.taken, id)
	if len(m.taken) > maxTaken {
		m.taken = m.taken[1:]
	}
}

type message interface {
	Ref() (id string, activation collaboration.ActivationID)
}

// open opens the doors, before anything can block.
func (a *activation) open(ctx workflow.Context) error {
	return errors.Join(
		workflow.SetQueryHandler(ctx, collaboration.StandingQuery, func() (collaboration.Standing, error) { return a.standing, nil }),
		door(ctx, a, collaboration.DecideMessage, a.mayDecide, a.decide),
		door(ctx, a, collaboration.WithdrawMessage, a.mayWithdraw, a.withdraw),
		door(ctx, a, collaboration.ResendMessage, a.mayResend, a.takeResend),
		door(ctx, a, collaboration.CorrectMessage, a.mayCorrect, a.correct),
		door(ctx, a, collaboration.ForwardMessage, a.mayForward, a.forward),
		door(ctx, a, collaboration.ChangeMessage, a.mayChange, a.change),
		door(ctx, a, collaboration.ReportMessage, anyway, a.report),
		door(ctx, a, collaboration.EndMessage, a.mayEnd, a.endOrGiveNotice),
		door(ctx, a, collaboration.TakeBackMessage, a.mayTakeBack, a.takeBack),
	)
}

// door takes one kind of message, as an Update and as a Signal, into the same
// two functions: may refuses without changing anything, take acts. A message
// that was taken before is answered again and changes nothing.
func door[M message](ctx workflow.Context, a *activation, name string, may func(M) *collaboration.Error, take func(workflow.Context, M)) error {
	check := func(m M) error {
		id, activation := m.Ref()
		switch {
		case activation != a.order.Activation:
			// An earlier activation of the same customer and solution.
			return a.refusal(&collaboration.Error{Code: collaboration.CodeActivationNotFound})
		case id == "":
			return a.refusal(&collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: "id", Code: collaboration.CodeRequired}}})
		case a.mailbox.has(id):
			return nil
		}
		if refused := may(m); refused != nil {
			return a.refusal(refused)
		}
		return nil
	}
	accept := func(ctx workflow.Context, m M) {
		if id, _ := m.Ref(); !a.mailbox.has(id) {
			a.mailbox.note(id)
			take(ctx, m)
		}
	}
	err := workflow.SetUpdateHandlerWithOptions(ctx, name, func(ctx workflow.Context, m M) (collaboration.Standing, error) {
		if err := check(m); err != nil { // another message may have come in between
			return a.standing, err
		}
		a.heardAt = workflow.GetInfo(ctx).GetCurrentHistoryLength()
		accept(ctx, m)
		a.awaitDone(ctx)
		return a.standing, nil
	}, workflow.UpdateHandlerOptions{Validator: func(_ workflow.Context, m M) error { return check(m) }})
	if err != nil {
		return err
	}
	signalled := func(ctx workflow.Context, m M) {
		if err := check(m); err != nil {
			a.log.Info("signal without effect", "signal", name, "reason", codeOf(err))
			return
		}
		accept(ctx, m)
	}
	channel := workflow.GetSignalChannel(ctx, name)
	a.mailbox.doors = append(a.mailbox.doors, func() {
		for m := *new(M); channel.ReceiveAsync(&m); m = *new(M) {
			signalled(ctx, m)
		}
	})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var m M
			channel.Receive(ctx, &m)
			signalled(ctx, m)
		}
	})
	return nil
}

// awaitDone waits until what an Update asks for is done, or has to wait itself: who
// asked for it finds it recorded.
func (a *activation) awaitDone(ctx workflow.Context) {
	if a.revision < keepsBeforeActing {
		return
	}
	ctx, _ = workflow.NewDisconnectedContext(ctx)
	_ = workflow.Await(ctx, func() bool { return a.waitsFor != nil && !a.waitsFor() }) // not cancelled
}

// anyway refuses no message.
func anyway[M message](M) *collaboration.Error { return nil }

// refusal carries the standing with it, so that whoever came late learns what
// was decided.
func (a *activation) refusal(e *collaboration.Error) error {
	return temporal.NewApplicationErrorWithOptions(e.Error(), string(e.Code), temporal.ApplicationErrorOptions{
		NonRetryable: true, Category: temporal.ApplicationErrorCategoryBenign, Details: []any{a.standing},
	})
}

// mayDecide lets the first decision on the current generation count.
func (a *activation) mayDecide(d collaboration.Decision) *collaboration.Error {
	if err := d.Check(); err != nil {
		var e *collaboration.Error
		errors.As(err, &e)
		return e
	}
	switch {
	case a.standing.Decision != nil:
		return &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	case !a.pending():
		return &collaboration.Error{Code: collaboration.CodeNotPending}
	case d.Generation < 1 || !a.isGood(d.Generation):
		return &collaboration.Error{Code: collaboration.CodeLinkReplaced}
	}
	return nil
}

// isGood reports whether the links of a generation are good. A later one than
// the run knows was mailed by an attempt that a crash made it forget: nobody
// else signs links.
func (a *activation) isGood(generation int) bool {
	if a.revision < messagesBeforeSteps {
		return generation == a.standing.Generation
	}
	return generation >= a.standing.Generation
}

// decide keeps the decision, at the workflow's own time: one clock orders
// everything that happens to an activation.
func (a *activation) decide(ctx workflow.Context, d collaboration.Decision) {
	d.At = workflow.Now(ctx).UTC()
	a.standing.Decision = &d
}

func (a *activation) mayWithdraw(collaboration.Withdrawal) *collaboration.Error {
	return a.refuseUnlessPending()
}

func (a *activation) withdraw(_ workflow.Context, w collaboration.Withdrawal) { a.withdrawnBy = w.By }

func (a *activation) mayResend(collaboration.Resend) *collaboration.Error {
	if a.standing.State == collaboration.Activating && !a.forgot() {
		return &collaboration.Error{Code: collaboration.CodeNotPending} // nothing was sent yet
	}
	return a.refuseUnlessPending()
}

// forgot reports whether a message can be about an invitation that an attempt
// before a crash sent, and that this one has not come to.
func (a *activation) forgot() bool {
	return a.revision >= messagesBeforeSteps && a.standing.Generation == 0
}

func (a *activation) takeResend(ctx workflow.Context, r collaboration.Resend) {
	a.openNextGeneration(ctx, r.By)
}

func (a *activation) openNextGeneration(ctx workflow.Context, by string) {
	a.nextGeneration(ctx)
	a.resentBy = by
}

func (a *activation) refuseUnlessPending() *collaboration.Error {
	switch {
	case a.standing.Decision != nil:
		return &collaboration.Error{Code: collaboration.CodeAlreadyDecided}
	case !a.pending():
		return &collaboration.Error{Code: collaboration.CodeNotPending}
	}
	return nil
}

func (a *activation) pending() bool { return a.standing.State.Pending() && a.withdrawnBy == "" }

func (a *activation) mayEnd(e collaboration.Ending) *collaboration.Error {
	switch {
	case !a.runs() || a.endedBy != "":
		return &collaboration.Error{Code: collaboration.CodeNotActive}
	case e.When == collaboration.EndOnDate && e.On.IsZero():
		return wrong("on", collaboration.CodeRequired)
	case e.When != collaboration.EndNow && e.When != collaboration.EndOfTerm && e.When != collaboration.EndOnDate:
		return wrong("when", collaboration.CodeInvalidChoice)
	}
	return nil
}

// runs reports whether there is a collaboration to end: one that was approved
// and is being started counts.
func (a *activation) runs() bool {
	starting := a.revision >= messagesBeforeSteps && a.standing.State.Pending() && a.approved()
	return a.standing.State == collaboration.Active || starting
}

func (a *activation) endOrGiveNotice(ctx workflow.Context, e collaboration.Ending) {
	switch agreement := a.standing.Agreement; {
	case e.When == collaboration.EndNow:
		a.endedBy = e.By
	case e.When == collaboration.EndOnDate && !collaboration.DateOf(workflow.Now(ctx)).Before(e.On):
		a.endedBy = e.By
	case e.When == collaboration.EndOnDate:
		a.amend(ctx, collaboration.ActionEndSet, e.ID, e.By, func(g *collaboration.Agreement) { g.Renews, g.EndOn = true, e.On })
	case agreement != nil && !agreement.Renews: // given before
	case a.revision >= wholeLife:
		a.amend(ctx, collaboration.ActionNoticeGiven, e.ID, e.By, func(g *collaboration.Agreement) { g.Renews, g.EndOn = false, collaboration.Date{} })
	default:
		a.noticeBy = e.By
		if agreement != nil { // it may be being started
			noticed := *agreement
			noticed.Renews = false
			a.standing.Agreement = &noticed
		}
	}
}
