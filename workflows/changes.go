package workflows

import (
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

// duty records something that a message asked for and was told would be done.
type duty func(workflow.Context) error

// carryOut records everything that messages asked for, in their order. What the
// facts refuse is left out: nothing may keep an activation from going on.
func (a *activation) carryOut(ctx workflow.Context) {
	for len(a.duties) > 0 {
		next := a.duties[0]
		a.duties = a.duties[1:]
		if err := next(ctx); err != nil {
			a.log.Error("not recorded", "error", err)
		}
	}
}

func (a *activation) mayCorrect(c collaboration.Correction) *collaboration.Error {
	if !collaboration.ValidEmail(c.Email) {
		return wrong("email", collaboration.CodeInvalidFormat)
	}
	return a.refuseUnlessPending()
}

func (a *activation) correct(ctx workflow.Context, c collaboration.Correction) {
	c.At = workflow.Now(ctx).UTC()
	a.duties = append(a.duties, func(ctx workflow.Context) error { return a.settle(ctx, do.CorrectAddress, c) })
	a.openNextGeneration(ctx, c.By)
}

func (a *activation) mayForward(f collaboration.Forwarding) *collaboration.Error {
	if f.Administrator == "" {
		return wrong("administrator", collaboration.CodeRequired)
	}
	return a.refuseUnlessPending()
}

func (a *activation) forward(ctx workflow.Context, f collaboration.Forwarding) {
	f.At = workflow.Now(ctx).UTC()
	a.invited = f.Administrator
	a.duties = append(a.duties, func(ctx workflow.Context) error { return a.settle(ctx, do.ForwardInvitation, f) })
	a.openNextGeneration(ctx, f.By)
}

func (a *activation) mayChange(c collaboration.Change) *collaboration.Error {
	if a.standing.State == collaboration.Active && a.endedBy == "" {
		if c.Period != nil {
			return wrong("period", collaboration.CodeNotApplicable)
		}
		if c.RemindersPaused != nil {
			return wrong("reminders_paused", collaboration.CodeNotApplicable)
		}
	} else if refused := a.refuseUnlessPending(); refused != nil {
		return refused
	}
	if c.InvoiceRecipient != "" && !c.InvoiceRecipient.Valid() {
		return wrong("invoice_recipient", collaboration.CodeInvalidChoice)
	}
	if c.AgreementMonths != 0 && !collaboration.ValidAgreementMonths(c.AgreementMonths) {
		return wrong("agreement_months", collaboration.CodeInvalidChoice)
	}
	return nil
}

// change takes a change. The customer is asked anew, by a new generation, where
// it would otherwise approve something else than it was shown.
func (a *activation) change(ctx workflow.Context, c collaboration.Change) {
	c.At = workflow.Now(ctx).UTC()
	a.duties = append(a.duties, func(ctx workflow.Context) error {
		changed := collaboration.Changed{Change: c}
		if a.standing.State == collaboration.Active && c.AgreementMonths != 0 {
			changed.Agreement = a.standing.Agreement
		}
		return a.settle(ctx, do.ChangeActivation, changed)
	})
	asked := a.order
	if c.TaskID != "" {
		a.order.TaskID = c.TaskID
	}
	if c.InvoiceRecipient != "" {
		a.order.InvoiceRecipient = c.InvoiceRecipient
	}
	if a.standing.State == collaboration.Active {
		a.changeLength(c.AgreementMonths)
		return
	}
	if c.Period != nil {
		a.order.Period = *c.Period
	}
	if c.AgreementMonths != 0 {
		a.order.AgreementMonths = c.AgreementMonths
	}
	if c.RemindersPaused != nil {
		a.pauseReminders(ctx, *c.RemindersPaused)
	}
	if a.order.InvoiceRecipient != asked.InvoiceRecipient || a.order.Period != asked.Period || a.order.AgreementMonths != asked.AgreementMonths {
		a.openNextGeneration(ctx, c.By)
	}
}

// changeLength sets the length of the terms from the next renewal on.
func (a *activation) changeLength(months int) {
	if months == 0 {
		return
	}
	agreement := *a.standing.Agreement
	agreement.NextMonths = months
	if months == agreement.Months {
		agreement.NextMonths = 0
	}
	a.standing.Agreement = &agreement
}

// pauseReminders stops reminders, or goes on with those that are still to come.
func (a *activation) pauseReminders(ctx workflow.Context, paused bool) {
	if a.standing.RemindersPaused && !paused {
		a.reminded = workflow.Now(ctx)
	}
	a.standing.RemindersPaused = paused
}

// report takes what the mail provider says. A bounced invitation reminds nobody:
// the office is asked for a better address.
func (a *activation) report(_ workflow.Context, r collaboration.DeliveryReport) {
	if r.Status != collaboration.DeliveryBounced || r.Generation < a.standing.Generation || !a.standing.State.Pending() {
		return
	}
	a.bounced = r.Generation
	a.standing.Bounced = a.bounced == a.standing.Generation
	a.duties = append(a.duties, func(ctx workflow.Context) error {
		if a.pending() && a.standing.Bounced {
			a.tell(ctx, collaboration.Letter{Kind: collaboration.LetterBounced, Generation: a.standing.Generation, By: collaboration.ActorSystem})
		}
		return nil
	})
}

func (a *activation) mayTakeBack(collaboration.TakingBack) *collaboration.Error {
	switch agreement := a.standing.Agreement; {
	case a.standing.State != collaboration.Active || a.endedBy != "":
		return &collaboration.Error{Code: collaboration.CodeNotActive}
	case agreement.Renews && agreement.EndOn.IsZero():
		return &collaboration.Error{Code: collaboration.CodeNoNotice}
	}
	return nil
}

func (a *activation) takeBack(ctx workflow.Context, t collaboration.TakingBack) {
	a.amend(ctx, collaboration.ActionNoticeTakenBack, t.ID, t.By, func(agreement *collaboration.Agreement) {
		agreement.Renews, agreement.EndOn = true, collaboration.Date{}
	})
}

// amend changes how a running agreement ends, records it and tells both
// parties. One that is being started is changed once it runs.
func (a *activation) amend(ctx workflow.Context, action collaboration.Action, id, by string, change func(*collaboration.Agreement)) {
	at := workflow.Now(ctx).UTC()
	var amended *collaboration.Agreement
	apply := func() {
		next := *a.standing.Agreement
		change(&next)
		amended, a.standing.Agreement = &next, &next
	}
	record := func(ctx workflow.Context) error {
		if amended == nil {
			apply()
		}
		recorded := *a.standing.Agreement // it may have entered its next term meanwhile
		recorded.Renews, recorded.EndOn = amended.Renews, amended.EndOn
		err := a.settle(ctx, do.RecordAgreement, collaboration.AgreementChange{
			ID: id, Activation: a.order.Activation, Action: action, Agreement: recorded, By: by, At: at,
		})
		if err == nil {
			a.tellOfNotice(ctx, action, by)
		}
		return err
	}
	if a.standing.Agreement == nil {
		a.onceStarted = append(a.onceStarted, record)
		return
	}
	apply()
	a.duties = append(a.duties, record)
}

func (a *activation) tellOfNotice(ctx workflow.Context, action collaboration.Action, by string) {
	kind := collaboration.LetterNotice
	if action == collaboration.ActionNoticeTakenBack {
		kind = collaboration.LetterNoticeTakenBack
	}
	a.standing.Notices++
	a.tell(ctx, collaboration.Letter{Kind: kind, Number: a.standing.Notices, By: by})
	if !workflow.Now(ctx).Before(a.standing.Agreement.NoticeAt()) {
		a.told = true
	}
	a.announce(ctx)
}

func wrong(field string, code collaboration.Code) *collaboration.Error {
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{{Field: field, Code: code}}}
}
