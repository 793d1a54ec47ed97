package store_test

import (
	"math"
	"testing"
)

// TestIntegerCursor_OutOfRange: a cursor that does not fit an INTEGER column is
// before the first row or after the last one, and no error of the database.
func TestIntegerCursor_OutOfRange(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := b.opened(t, orderFor("c-1004"))
		b.batch(t, 1)
		for after, want := range map[int]int{math.MinInt: 1, math.MaxInt32: 0, math.MaxInt32 + 1: 0, math.MaxInt: 0} {
			events, err := b.Events(ctx, o.Activation, after)
			if err != nil || len(events) != want {
				t.Errorf("%d events after %d, want %d: %v", len(events), after, want, err)
			}
			all, err := b.BatchRows(ctx, "b-1", "", after, 10)
			if err != nil || len(all) != want {
				t.Errorf("%d rows after line %d, want %d: %v", len(all), after, want, err)
			}
			pending, err := b.BatchRows(ctx, "b-1", "pending", after, 10)
			if err != nil || len(pending) != want {
				t.Errorf("%d pending rows after line %d, want %d: %v", len(pending), after, want, err)
			}
		}
	})
}
