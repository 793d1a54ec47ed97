package store_test

import (
	"strings"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/internal/servertest"
)

// A connection that the server cuts off, at whatever moment, is something to try
// again, and never our own failure.
func TestCutOffAtAnyMoment(t *testing.T) {
	b := open(t, servertest.Postgres(t))
	must(t, b.Migrate(ctx))
	must(t, b.Seed(ctx))
	done, told := make(chan struct{}), make(chan error)
	var writers sync.WaitGroup
	for range 4 {
		writers.Go(func() {
			o := orderFor("c-1004")
			for n := 0; ; n++ {
				o.SolutionID = strings.Repeat("s", 1+n%20)
				o.Activation = collaboration.NewActivationID("office-1", "c-1004", o.SolutionID)
				select {
				case <-done:
					return
				case told <- b.OpenActivation(ctx, o):
				}
			}
		})
	}
	cuts := 0
	for cuts < 500 {
		switch err := <-told; collaboration.CodeOf(err) {
		case "", collaboration.CodeActivationExists:
		case collaboration.CodeUnavailable:
			cuts++
		default:
			t.Errorf("what is cut off is told as %v", err)
			cuts++
		}
		_, err := b.raw.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		must(t, err)
	}
	close(done)
	writers.Wait()
}
