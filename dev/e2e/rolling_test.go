package e2e_test

import (
	"testing"
	"time"
)

// Each process is stopped and started again in turn, twice, with the balancer
// that is shipped in front. Nobody who uses the site notices.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	s := openBalancedSite(t)
	c := newCallers(s, 100*time.Millisecond)
	c.most = 3 * most * *rounds
	c.run(func() {
		for range 2 * *rounds {
			for n := range s.apis {
				for _, p := range []*process{s.workers[n], s.apis[n]} {
					c.awaitAccepted(5)
					p.stop(workerStops)
					c.awaitAccepted(5)
					p.start()
				}
			}
		}
		c.awaitAccepted(5)
	})
	c.wantRight(t)
}
