package store

import (
	"context"
	"errors"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/column"
	"countersign/internal/store/db"
)

// step is one event of an activation's life.
type step struct {
	activation collaboration.ActivationID
	// key identifies the step within the activation. The key of a step that can happen
	// several times includes its generation, term or command.
	key    string
	action collaboration.Action
	by     string
	at     time.Time
	detail detail
	// private is the personal part of the event, which can be erased.
	private detail
	// result and approvalDuration are for metrics: see StoredStep.
	result           string
	approvalDuration time.Duration
}

// detail is the part of an event beside its action. It has no personal data.
type detail map[string]any

// stepContext is the transaction of a step, with the locked activation.
type stepContext struct {
	*tx
	// a is the activation, which the step changes in place; before is the stored row.
	a, before db.Activation
	detail    detail
	// private is the personal part of the step's event.
	private detail
	// extraEvents are appended after the step's own event.
	extraEvents      []step
	approvalDuration time.Duration
}

// hasStep reports whether a step is stored.
func (w *stepContext) hasStep(key string) bool { return w.chain.steps[key] }

// runStep runs a step once: its effect, the activation's new state and the audit row
// are one transaction. A repeated step changes nothing.
func (d *database) runStep(ctx context.Context, st step, change func(*stepContext) error) error {
	if year := st.at.UTC().Year(); year < 1 || year > 9999 {
		// JSON and the databases cannot return such a time: the activation could not be read.
		return collaboration.Errorf(collaboration.CodeInvalidRequest, "the time of the step is in the year %d", year)
	}
	err := d.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, st.activation)
		if err != nil {
			return err
		}
		if w.hasStep(st.key) {
			return errUnchanged
		}
		w.detail = st.detail
		if err := change(w); err != nil {
			return err
		}
		st.detail, st.private, st.approvalDuration = w.detail, w.private, w.approvalDuration
		if err := w.save(ctx); err != nil {
			return err
		}
		for _, each := range append([]step{st}, w.extraEvents...) {
			if err := t.append(ctx, each); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return err
	}
	return d.notifyWebhooks(ctx, st)
}

// lock locks the activation until the transaction ends, and increments its version.
func (t *tx) lock(ctx context.Context, id collaboration.ActivationID) (*stepContext, error) {
	a, err := t.LockActivation(ctx, db.LockActivationParams{ID: string(id), UpdatedAt: now()})
	if err != nil {
		return nil, notFound(err, collaboration.CodeActivationNotFound)
	}
	return &stepContext{tx: t, a: a, before: a}, t.readChain(ctx, id, a.OfficeID)
}

// save writes the activation if the step has changed it.
func (w *stepContext) save(ctx context.Context) error {
	a := w.a
	if a == w.before {
		return nil
	}
	columns, err := listColumnsOf(a)
	if err != nil {
		return err
	}
	return w.SaveActivation(ctx, db.SaveActivationParams{
		ID: a.ID, State: a.State, FailureCode: a.FailureCode, Generation: a.Generation, SentAt: a.SentAt,
		ExpiresAt: a.ExpiresAt, Delivery: a.Delivery, InvitedID: a.InvitedID, InvitedName: a.InvitedName,
		InvitedEmail: a.InvitedEmail, TaskID: a.TaskID, InvoiceRecipient: a.InvoiceRecipient, PeriodStart: a.PeriodStart,
		PeriodMonth: a.PeriodMonth, AgreementMonths: a.AgreementMonths, RemindersPaused: a.RemindersPaused,
		RemindedAt: a.RemindedAt, Decision: a.Decision, Agreement: a.Agreement, EndedAt: a.EndedAt, AskedAgainAt: a.AskedAgainAt,
		Started: columns.started, WillStart: columns.willStart, IsTerminated: columns.isTerminated,
		EndsOn: columns.endsOn, Continues: columns.continues, DecidedOn: columns.decidedOn,
		Proposal: a.Proposal, Variant: a.Variant, Prices: a.Prices, TermsVersion: a.TermsVersion,
	})
}

func (w *stepContext) state() collaboration.State { return collaboration.State(w.a.State) }

// transition changes the state, if the lifecycle allows it.
func (w *stepContext) transition(next collaboration.State) error {
	if w.state().May(next) {
		w.a.State = string(next)
		return nil
	}
	code := collaboration.CodeNotPending
	if next == collaboration.Ended {
		code = collaboration.CodeNotActive
	}
	return collaboration.Errorf(code, "%s cannot become %s", w.state(), next)
}

// allow returns the lifecycle's reason to refuse a command; nil where the state allows it.
func (w *stepContext) allow(c collaboration.Command) error {
	return w.require(w.state().Allows(c), w.state().Refusal(c))
}

// require returns an error with the code unless a condition of the step holds.
func (w *stepContext) require(ok bool, code collaboration.Code) error {
	if ok {
		return nil
	}
	return collaboration.Errorf(code, "the activation is %s", w.state())
}

// listColumns are the columns that lists are filtered and ordered by. They are copies of
// values in an activation's JSON.
type listColumns struct {
	endsOn, decidedOn                           column.Date
	started, willStart, isTerminated, continues bool
}

func listColumnsOf(a db.Activation) (listColumns, error) {
	var d listColumns
	var decision *collaboration.Decision
	var agreement *collaboration.Agreement
	if err := fromJSON(a.Decision, &decision); err != nil {
		return d, err
	}
	if err := fromJSON(a.Agreement, &agreement); err != nil {
		return d, err
	}
	if decision != nil && !decision.At.IsZero() {
		d.decidedOn = column.Date(collaboration.DateOf(decision.At))
	}
	if agreement != nil {
		d.started, d.willStart, d.isTerminated = agreement.Started, agreement.WillStart(), agreement.IsTerminated()
		d.endsOn, d.continues = column.Date(agreement.EndsOn()), agreement.Continues()
	}
	return d, nil
}
