package store_test

import (
	"strings"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/internal/rehearsal"
)

// TestConnectionLoss_IsUnavailable: if PostgreSQL terminates a connection, the call
// fails with CodeUnavailable and the caller retries. With the rehearsal tag the test
// terminates more connections.
func TestConnectionLoss_IsUnavailable(t *testing.T) {
	t.Parallel()
	b := open(t, seededPostgres(t))
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
	cuts, enough := 0, 60
	if rehearsal.Enabled {
		enough = 500
	}
	for cuts < enough {
		switch err := <-told; collaboration.CodeOf(err) {
		case "", collaboration.CodeActivationExists:
		case collaboration.CodeUnavailable:
			cuts++
		default:
			t.Errorf("a terminated connection fails with %v", err)
			cuts++
		}
		_, err := b.raw.Exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
		must(t, err)
	}
	close(done)
	writers.Wait()
}
