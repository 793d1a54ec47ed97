package bootstrap

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

// countSteps counts and logs each stored step in the process that stores it. A repeated
// step stores nothing, so the sum over all replicas counts every step once.
func countSteps(db *store.Store, meter metric.Meter, log *slog.Logger) error {
	steps, err := meter.Int64Counter("countersign.steps",
		metric.WithUnit("{step}"), metric.WithDescription("Stored steps by action and result (a mail's delivery, the final state of an activation)."))
	if err != nil {
		return err
	}
	approval, err := meter.Float64Histogram("countersign.approval"+telemetry.Waited,
		metric.WithUnit("s"), metric.WithDescription("Time from the request to the customer's approval."))
	if err != nil {
		return err
	}
	ctx := context.Background()
	count := func(n int64, action collaboration.Action, result string) {
		steps.Add(ctx, n, metric.WithAttributes(attribute.String("action", string(action)), attribute.String("result", result)))
	}
	for action, results := range countedSteps() {
		for _, result := range results {
			count(0, action, result) // creates the series, so that increase() sees the first step
		}
	}
	db.OnStepStored(func(r store.StoredStep) {
		count(1, r.Action, r.Result)
		if r.Action == collaboration.ActionApproved {
			approval.Record(ctx, r.ApprovalDuration.Seconds())
		}
		log.Info("recorded", "activation", string(r.Activation), "action", string(r.Action), "result", r.Result)
	})
	return nil
}

// countedSteps returns the actions and results that alerts and the dashboard use.
func countedSteps() map[collaboration.Action][]string {
	sent := []string{string(collaboration.DeliveryAccepted), string(collaboration.DeliveryUnconfirmed)}
	return map[collaboration.Action][]string{
		collaboration.ActionRequested:          {""},
		collaboration.ActionInvitationSent:     sent,
		collaboration.ActionReminderSent:       sent,
		collaboration.ActionNotificationSent:   sent,
		collaboration.ActionMailDelivered:      {""},
		collaboration.ActionMailBounced:        {""},
		collaboration.ActionApproved:           {""},
		collaboration.ActionAgreementStarted:   {""},
		collaboration.ActionTakenOver:          {""},
		collaboration.ActionAgreementRenewed:   {""},
		collaboration.ActionCollaborationEnded: {""},
		collaboration.ActionClosed: {
			string(collaboration.Declined), string(collaboration.Expired), string(collaboration.Withdrawn), string(collaboration.Failed),
		},
	}
}

// backlogMaxAge is how long a scrape may use the result of the previous query.
const backlogMaxAge = 15 * time.Second

// exportBacklog exports the number of open activations in the database. All replicas
// export the same value: aggregate with max, not with sum.
func exportBacklog(db *store.Store, meter metric.Meter, log *slog.Logger) error {
	var errs [3]error
	var pending, stuck, overdue metric.Int64ObservableGauge
	pending, errs[0] = meter.Int64ObservableGauge("countersign.activations.pending",
		metric.WithUnit("{activation}"), metric.WithDescription("Activations awaiting approval, cumulative by the minimum days since the request."))
	stuck, errs[1] = meter.Int64ObservableGauge("countersign.activations.stuck",
		metric.WithUnit("{activation}"), metric.WithDescription("Activations without an invitation 15 minutes after the request."))
	overdue, errs[2] = meter.Int64ObservableGauge("countersign.activations.overdue",
		metric.WithUnit("{activation}"), metric.WithDescription("Activations still open one hour after the invitation expired."))
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	cached := &cachedBacklog{db: db}
	ages := append([]int{0}, collaboration.PendingDays()...)
	_, err := meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		b, err := cached.backlog(time.Now())
		if err != nil { // export no series instead of stale values
			log.Warn("backlog query failed", "error", err.Error())
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

// cachedBacklog bounds the rate of backlog queries, independent of the number of scrapers.
type cachedBacklog struct {
	db   *store.Store
	mu   sync.Mutex
	at   time.Time
	last store.Backlog
}

func (c *cachedBacklog) backlog(now time.Time) (store.Backlog, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.at) < backlogMaxAge {
		return c.last, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	b, err := c.db.Backlog(ctx, now)
	if err != nil {
		return b, err
	}
	c.at, c.last = now, b
	return b, nil
}
