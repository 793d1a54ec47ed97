package roles

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"countersign/collaboration"
	"countersign/internal/store"
	"countersign/internal/telemetry"
)

// countSteps counts and logs what is recorded, where it is recorded: a repeat
// records nothing, so every step counts once, however many replicas there are.
// Add them up.
func countSteps(facts *store.Store, meter metric.Meter, log *slog.Logger) error {
	steps, err := meter.Int64Counter("countersign.steps",
		metric.WithUnit("{step}"), metric.WithDescription("Recorded steps, by action, and by how a mail was handed over or what an activation was closed as."))
	if err != nil {
		return err
	}
	approval, err := meter.Float64Histogram("countersign.approval"+telemetry.Waited,
		metric.WithUnit("s"), metric.WithDescription("From the request to the customer's approval."))
	if err != nil {
		return err
	}
	ctx := context.Background()
	count := func(n int64, action collaboration.Action, result string) {
		steps.Add(ctx, n, metric.WithAttributes(attribute.String("action", string(action)), attribute.String("result", result)))
	}
	for action, results := range expected() {
		for _, result := range results {
			count(0, action, result) // so that the first one is seen as one more
		}
	}
	facts.OnRecorded(func(r store.Recorded) {
		count(1, r.Action, r.Result)
		if r.Action == collaboration.ActionAgreementStarted {
			approval.Record(ctx, r.Waited.Seconds())
		}
		log.Info("recorded", "activation", string(r.Activation), "action", string(r.Action), "result", r.Result)
	})
	return nil
}

// expected are the steps that alerts and the dashboard go by, with their results.
func expected() map[collaboration.Action][]string {
	sent := []string{string(collaboration.DeliveryAccepted), string(collaboration.DeliveryUnconfirmed)}
	return map[collaboration.Action][]string{
		collaboration.ActionRequested:          {""},
		collaboration.ActionInvitationSent:     sent,
		collaboration.ActionReminderSent:       sent,
		collaboration.ActionLetterSent:         sent,
		collaboration.ActionMailDelivered:      {""},
		collaboration.ActionMailBounced:        {""},
		collaboration.ActionAgreementStarted:   {""},
		collaboration.ActionAgreementRenewed:   {""},
		collaboration.ActionCollaborationEnded: {""},
		collaboration.ActionClosed: {
			string(collaboration.Declined), string(collaboration.Expired), string(collaboration.Withdrawn), string(collaboration.Failed),
		},
	}
}

// backlogKept is how long an answer of the database is shown.
const backlogKept = 15 * time.Second

// showBacklog shows what waits, as the facts have it when they are asked. Every
// replica says the same: take the highest, never the sum.
func showBacklog(facts *store.Store, meter metric.Meter, log *slog.Logger) error {
	var errs [3]error
	var pending, stuck, overdue metric.Int64ObservableGauge
	pending, errs[0] = meter.Int64ObservableGauge("countersign.activations.pending",
		metric.WithUnit("{activation}"), metric.WithDescription("What waits for the customer, by the days since it was requested: at least so many."))
	stuck, errs[1] = meter.Int64ObservableGauge("countersign.activations.stuck",
		metric.WithUnit("{activation}"), metric.WithDescription("Requested longer than 15 minutes ago, and no invitation was sent."))
	overdue, errs[2] = meter.Int64ObservableGauge("countersign.activations.overdue",
		metric.WithUnit("{activation}"), metric.WithDescription("The invitation expired more than an hour ago, and nothing came of it."))
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	k := &kept{facts: facts}
	ages := append([]int{0}, collaboration.PendingDays()...)
	_, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		b, err := k.backlog(time.Now())
		if err != nil { // then nothing is shown, rather than what was
			log.Warn("backlog", "error", err.Error())
			return nil
		}
		for i, n := range b.ByAge {
			o.ObserveInt64(pending, int64(n), metric.WithAttributes(attribute.String("days", strconv.Itoa(ages[i]))))
		}
		o.ObserveInt64(stuck, int64(b.Stuck))
		o.ObserveInt64(overdue, int64(b.Overdue))
		return nil
	}, pending, stuck, overdue)
	return err
}

// kept is a backlog that is not asked for again at once, whoever scrapes.
type kept struct {
	facts *store.Store
	mu    sync.Mutex
	at    time.Time
	last  store.Backlog
}

func (k *kept) backlog(now time.Time) (store.Backlog, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now.Sub(k.at) < backlogKept {
		return k.last, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	b, err := k.facts.Backlog(ctx, now)
	if err != nil {
		return b, err
	}
	k.at, k.last = now, b
	return b, nil
}
