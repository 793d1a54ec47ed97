package largeoffice

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

// concurrentStarts is the number of executions that are started at once.
const concurrentStarts = 4

// Load adds the office, its customers and their activations to a database, and starts the
// executions of the live activations. A complete office stays unchanged; after an
// interruption Load continues.
func Load(ctx context.Context, url string, s *store.Store, c client.Client, now time.Time) error {
	last := CustomerCount - 1 // is added last
	if known, err := isKnown(ctx, s, last); known || err != nil {
		return err
	}
	plan := makePlan()
	base := now.UTC().Truncate(time.Second)
	if first, err := s.Customer(ctx, OfficeID, customerID(0)); err == nil {
		base = first.CreatedAt.Add(registeredBefore)
	} else if collaboration.CodeOf(err) != collaboration.CodeCustomerNotFound {
		return err
	}
	d := dataset(base, plan)
	final := d
	d.Customers, final.Customers = d.Customers[:last], d.Customers[last:]
	if err := storetest.Load(ctx, url, d); err != nil {
		return err
	}
	if err := (loader{s, c, base}).loadActivations(ctx, plan[:last]); err != nil {
		return err
	}
	return storetest.Load(ctx, url, final)
}

func isKnown(ctx context.Context, s *store.Store, customer int) (bool, error) {
	_, err := s.Customer(ctx, OfficeID, customerID(customer))
	if collaboration.CodeOf(err) == collaboration.CodeCustomerNotFound {
		return false, nil
	}
	return err == nil, err
}

type loader struct {
	store    *store.Store
	temporal client.Client
	base     time.Time
}

func (l loader) loadActivations(ctx context.Context, plan []entry) error {
	starts, ctx := errgroup.WithContext(ctx)
	starts.SetLimit(concurrentStarts)
	for n, e := range plan {
		r := rand.New(rand.NewPCG(seed, uint64(1000+n)))
		for i, one := range []struct {
			solution string
			live     func(*life)
		}{{e.solution, e.before}, {e.solution, e.live}, {otherSolution(e.solution), e.also}} {
			if one.live == nil {
				continue
			}
			id := activationID(r, customerID(n), one.solution)
			// Each life has a generator, so that an interruption changes no later one.
			draw := names{Rand: rand.New(rand.NewPCG(seed, uint64(10_000+3*n+i)))}
			if err := l.loadActivation(ctx, &life{names: draw, id: id}, n, one.solution, one.live); err != nil {
				// A start that failed has ended the context.
				return errors.Join(starts.Wait(), err)
			}
			starts.Go(func() error { return l.startIfLive(ctx, id) })
		}
	}
	return starts.Wait()
}

// loadActivation runs a life, unless the activation exists. A life that has begun is
// completed before an interruption takes effect. After a kill the last activation that
// exists is incomplete, and its workflow continues it.
func (l loader) loadActivation(ctx context.Context, one *life, n int, solutionID string, live func(*life)) error {
	if _, err := l.store.Activation(ctx, one.id); collaboration.CodeOf(err) != collaboration.CodeActivationNotFound {
		return err
	}
	customer, err := l.store.Customer(ctx, OfficeID, customerID(n))
	if err != nil {
		return err
	}
	one.solution, _ = catalogue.Embedded.Solution(solutionID)
	one.ctx, one.store, one.customer, one.base = context.WithoutCancel(ctx), l.store, customer, l.base
	live(one)
	return one.err
}

func (l loader) startIfLive(ctx context.Context, id collaboration.ActivationID) error {
	a, err := l.store.Activation(ctx, id)
	if err != nil || !a.State.IsLive() {
		return err
	}
	events, err := l.store.Events(ctx, id, 0)
	if err != nil {
		return err
	}
	s, err := stateOf(a, events, l.base)
	if err != nil {
		return err
	}
	return startExecution(ctx, l.temporal, s)
}
