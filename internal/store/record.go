package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

// errUnchanged rolls a transaction back that has nothing to write.
var errUnchanged = errors.New("nothing to write")

// tx is one transaction.
type tx struct {
	*db.Queries
	// now is the database's time: the clocks of those who write may differ.
	now func(context.Context) (time.Time, error)
	// changed are the customers whose lookup it changes.
	changed []string
	// recorded are the steps that it adds to an audit.
	recorded []Recorded
	// trail is the audit that it adds to.
	trail trail
}

// trail is an activation's audit, as far as a step needs it.
type trail struct {
	of       collaboration.ActivationID
	steps    map[string]bool
	sequence int
	head     string // the last row's hash
}

// write runs do in one transaction, and tells of changed customers after its
// commit.
func (s *Store) write(ctx context.Context, do func(*tx) error) error {
	sqlTx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return failure(err)
	}
	defer sqlTx.Rollback()
	t := &tx{Queries: db.New(sqlTx), now: func(ctx context.Context) (time.Time, error) { return s.dialect.now(ctx, sqlTx) }}
	if err := do(t); err != nil {
		return failure(err)
	}
	if err := sqlTx.Commit(); err != nil {
		return failure(err)
	}
	s.tell(ctx, t.changed)
	s.tellRecorded(t.recorded)
	return nil
}

// tellTimeout bounds what those who are told may take: the step is done.
const tellTimeout = 2 * time.Second

// tell outlives the caller's context, which may have ended with the commit.
func (s *Store) tell(ctx context.Context, customers []string) {
	if len(customers) == 0 || len(s.changed) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tellTimeout)
	defer cancel()
	for _, id := range customers {
		for _, f := range s.changed {
			f(ctx, id)
		}
	}
}

// step is one thing that happened to an activation.
type step struct {
	activation collaboration.ActivationID
	// key names the step within the activation, with its generation or term
	// where it may happen again.
	key    string
	action collaboration.Action
	by     string
	at     time.Time
	detail detail
	// private is what is personal of it; it can be erased.
	private detail
	// result is what operators tell steps of an action apart by, and waited how
	// long the customer took to approve.
	result string
	waited time.Duration
}

// detail is what an event says beside its action. No personal data.
type detail map[string]any

// work is what a step changes: the activation in place, facts through the
// transaction.
type work struct {
	*tx
	// a is the activation as the step leaves it, and before as it was.
	a, before db.Activation
	detail    detail
	// private is the personal part of the step's event.
	private detail
	// also are the events of what the step did beside its own.
	also   []step
	waited time.Duration
}

// has reports whether a step is recorded.
func (w *work) has(key string) bool { return w.trail.steps[key] }

// record does a step once: the fact, the activation's new state and the audit
// row in one transaction. A repeat changes nothing.
func (s *Store) record(ctx context.Context, st step, change func(*work) error) error {
	err := s.write(ctx, func(t *tx) error {
		w, err := t.lock(ctx, st.activation)
		if err != nil {
			return err
		}
		if w.has(st.key) {
			return errUnchanged
		}
		w.detail = st.detail
		if err := change(w); err != nil {
			return err
		}
		st.detail, st.private, st.waited = w.detail, w.private, w.waited
		if err := w.save(ctx); err != nil {
			return err
		}
		for _, each := range append([]step{st}, w.also...) {
			if err := t.append(ctx, each); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, errUnchanged) {
		return err
	}
	return s.tellWebhooks(ctx, st)
}

// lock holds the activation until the transaction ends, and counts its version.
func (t *tx) lock(ctx context.Context, id collaboration.ActivationID) (*work, error) {
	a, err := t.LockActivation(ctx, db.LockActivationParams{ID: string(id), UpdatedAt: now()})
	if err != nil {
		return nil, missing(err, collaboration.CodeActivationNotFound)
	}
	return &work{tx: t, a: a, before: a}, t.readTrail(ctx, id)
}

// readTrail reads the audit of an activation that is locked.
func (t *tx) readTrail(ctx context.Context, id collaboration.ActivationID) error {
	rows, err := t.Trail(ctx, string(id))
	if err != nil {
		return err
	}
	t.trail = emptyTrail(id)
	for _, row := range rows {
		t.trail.add(row.StepKey, row.Sequence, row.Hash)
	}
	if t.trail.head == "" { // of a release that did not chain
		t.trail.head, err = t.seal(ctx, id)
	}
	return err
}

func emptyTrail(id collaboration.ActivationID) trail {
	return trail{of: id, steps: map[string]bool{}, head: collaboration.Genesis(id)}
}

func (t *trail) add(key string, sequence int, hash string) {
	t.steps[key], t.sequence, t.head = true, sequence, hash
}

// append adds an event to the activation's chain. The activation is locked, or
// was opened in the same transaction.
func (t *tx) append(ctx context.Context, st step) (err error) {
	row := collaboration.AuditRow{Key: st.key, Action: st.action, By: st.by, At: utc(st.at)}
	if t.trail.of != st.activation {
		return collaboration.Errorf(collaboration.CodeInternal, "%s: the audit of %s was not read", st.key, st.activation)
	}
	row.Sequence, row.Previous = t.trail.sequence+1, t.trail.head
	if row.Detail, err = st.detail.text(); err != nil {
		return err
	}
	if len(st.private) > 0 {
		private, err := st.private.text()
		if err != nil {
			return err
		}
		row.Commit(private)
	}
	row.Hash = row.Seal(st.activation)
	t.trail.add(row.Key, row.Sequence, row.Hash)
	t.recorded = append(t.recorded, Recorded{Activation: st.activation, Action: st.action, Result: st.result, Waited: st.waited})
	return t.keepRow(ctx, st.activation, row)
}

func (t *tx) keepRow(ctx context.Context, id collaboration.ActivationID, row collaboration.AuditRow) error {
	err := t.AppendAudit(ctx, db.AppendAuditParams{
		ActivationID: string(id), Sequence: row.Sequence, StepKey: row.Key, Action: string(row.Action),
		Actor: row.By, HappenedAt: row.At, Detail: row.Detail, Hash: row.Hash, Commitment: row.Commitment,
	})
	if err != nil || row.Private == "" {
		return err
	}
	return t.AppendPrivate(ctx, db.AppendPrivateParams{ActivationID: string(id), Sequence: row.Sequence, Salt: row.Salt, Private: row.Private})
}

func (d detail) text() (string, error) {
	if len(d) == 0 {
		return "{}", nil
	}
	text, err := json.Marshal(d)
	return string(text), err
}

// save writes what a step may change of an activation, where it has changed it or an
// older release wrote it last.
func (w *work) save(ctx context.Context) error {
	a := w.a
	if a == w.before && a.DaysVersion == a.Version {
		return nil
	}
	d, err := daysOf(a)
	if err != nil {
		return err
	}
	return w.SaveActivation(ctx, db.SaveActivationParams{
		ID: a.ID, State: a.State, FailureCode: a.FailureCode, Generation: a.Generation, SentAt: a.SentAt,
		ExpiresAt: a.ExpiresAt, Delivery: a.Delivery, InvitedID: a.InvitedID, InvitedName: a.InvitedName,
		InvitedEmail: a.InvitedEmail, TaskID: a.TaskID, InvoiceRecipient: a.InvoiceRecipient, PeriodStart: a.PeriodStart,
		PeriodMonth: a.PeriodMonth, AgreementMonths: a.AgreementMonths, RemindersPaused: a.RemindersPaused,
		RemindedAt: a.RemindedAt, Decision: a.Decision, Agreement: a.Agreement, EndedAt: a.EndedAt,
		EndsOn: d.endsOn, Continues: d.continues, DecidedOn: d.decidedOn,
	})
}

func (w *work) state() collaboration.State { return collaboration.State(w.a.State) }

// move goes to the next state where that is lawful.
func (w *work) move(next collaboration.State) error {
	if !w.state().May(next) {
		return w.unlawful(next)
	}
	w.a.State = string(next)
	return nil
}

// unlawful says why the activation cannot go there, in the words that fit.
func (w *work) unlawful(next collaboration.State) error {
	code := collaboration.CodeNotPending
	if next == collaboration.Ended {
		code = collaboration.CodeNotActive
	}
	return collaboration.Errorf(code, "%s cannot become %s", w.state(), next)
}

// must fails with the code where a condition of the step does not hold.
func (w *work) must(ok bool, code collaboration.Code) error {
	if ok {
		return nil
	}
	return collaboration.Errorf(code, "the activation is %s", w.state())
}

// now and utc are what both databases can keep: microseconds, in UTC.
func now() time.Time { return utc(time.Now()) }

func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }
