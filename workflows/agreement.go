package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
)

// startAgreement turns the approval into a running collaboration.
func (a *activation) startAgreement(ctx workflow.Context) error {
	a.carryOut(ctx)
	approved := collaboration.DateOf(a.standing.Decision.At)
	agreement := collaboration.Agreement{
		StartsOn: a.order.Period.StartOn(approved), Months: a.order.AgreementMonths, Term: 1, Renews: true,
	}
	start := collaboration.Start{
		Activation: a.order.Activation, Decision: *a.standing.Decision, Agreement: agreement, At: workflow.Now(ctx),
	}
	if err := a.settle(ctx, do.StartAgreement, start); err != nil {
		return err
	}
	agreement.Renews = a.noticeBy == "" // notice may have come meanwhile
	a.standing.State = collaboration.Active
	a.standing.Agreement = &agreement
	a.duties, a.onceStarted = append(a.duties, a.onceStarted...), nil
	a.announce(ctx)
	a.tell(ctx, collaboration.Letter{Kind: collaboration.LetterApproved, By: collaboration.ActorSystem})
	return nil
}

// serveTerm lives through one term of the agreement and ends it or goes on
// with the next.
func (a *activation) serveTerm(ctx workflow.Context) (collaboration.Standing, error) {
	for {
		a.showTerm(ctx)
		until, summary := a.nextTermMoment()
		due, err := a.waitUntil(ctx, until, summary, func() bool {
			return a.endedBy != "" || a.noticeBy != "" || len(a.duties) > 0
		})
		switch agreement := a.standing.Agreement; {
		case err != nil:
			return a.end(ctx, collaboration.ActorOperator, err)
		case a.endedBy != "":
			return a.end(ctx, a.endedBy, nil)
		case a.noticeBy != "":
			err = a.recordNotice(ctx)
		case len(a.duties) > 0:
			a.carryOut(ctx)
		case due && until.Before(agreement.Ends()):
			a.told = true
			a.tell(ctx, collaboration.Letter{Kind: collaboration.LetterTermEnds, Number: agreement.Term, By: collaboration.ActorSystem})
		case due && agreement.Continues():
			if err = a.renew(ctx); err == nil {
				return a.nextTerm(ctx)
			}
		case due:
			return a.end(ctx, collaboration.ActorSystem, nil)
		}
		if err != nil {
			return a.standing, err
		}
	}
}

// nextTermMoment is when both parties are told what happens at the term's end,
// or that end.
func (a *activation) nextTermMoment() (at time.Time, summary string) {
	agreement := a.standing.Agreement
	if a.revision >= wholeLife && !a.told {
		return agreement.NoticeAt(), "both parties are told"
	}
	return agreement.Ends(), "agreement term ends"
}

func (a *activation) recordNotice(ctx workflow.Context) error {
	by := a.noticeBy
	a.noticeBy = ""
	return a.settle(ctx, do.RecordNotice, collaboration.Notice{
		Activation: a.order.Activation, Agreement: *a.standing.Agreement, By: by, At: workflow.Now(ctx),
	})
}

func (a *activation) renew(ctx workflow.Context) error {
	before := *a.standing.Agreement
	next := before.Renewed()
	err := a.settle(ctx, do.RenewAgreement, collaboration.Renewal{
		Activation: a.order.Activation, Agreement: next, At: workflow.Now(ctx),
	})
	if err == nil {
		// Messages may have changed it meanwhile.
		meanwhile := a.standing.Agreement
		next.Renews, next.EndOn = meanwhile.Renews, meanwhile.EndOn
		if meanwhile.NextMonths != before.NextMonths {
			next.NextMonths = meanwhile.NextMonths
		}
		a.standing.Agreement = &next
		a.announce(ctx)
	}
	return err
}

// nextTerm continues as new, so that a history never holds more than a term.
// Everything that arrived meanwhile is acted on first, because the next run
// would not see it: nothing blocks between the last look and the continuing.
func (a *activation) nextTerm(ctx workflow.Context) (collaboration.Standing, error) {
	for {
		if err := a.await(ctx, func() bool { return a.isAsked() || workflow.AllHandlersFinished(ctx) }); err != nil || ctx.Err() != nil {
			return a.end(ctx, collaboration.ActorOperator, ctx.Err())
		}
		a.mailbox.empty()
		switch {
		case a.endedBy != "":
			return a.end(ctx, a.endedBy, nil)
		case a.noticeBy != "":
			if err := a.recordNotice(ctx); err != nil {
				return a.standing, err
			}
		case len(a.duties) > 0:
			a.carryOut(ctx)
		default:
			return a.standing, workflow.NewContinueAsNewError(ctx, ActivationWorkflow, collaboration.Run{
				Order:   a.order,
				Carried: &collaboration.Carried{Standing: a.standing, Messages: a.mailbox.taken},
			})
		}
	}
}

// isAsked reports whether messages asked for what is still to be done.
func (a *activation) isAsked() bool { return a.endedBy != "" || a.noticeBy != "" || len(a.duties) > 0 }

// end closes a running collaboration. It runs to its end even where the run
// was cancelled.
func (a *activation) end(ctx workflow.Context, by string, cause error) (collaboration.Standing, error) {
	a.carryOut(ctx)
	a.standing.State = collaboration.Ended
	end := collaboration.End{
		Activation: a.order.Activation, CustomerID: a.order.CustomerID, SolutionID: a.order.SolutionID,
		OnEnd: a.order.OnEnd, By: by, At: workflow.Now(ctx),
	}
	if err := a.settle(ctx, do.EndCollaboration, end); err != nil {
		return a.standing, err
	}
	a.announce(ctx)
	a.tell(ctx, collaboration.Letter{Kind: collaboration.LetterEnded, By: by})
	a.close(ctx)
	return a.standing, cause
}
