package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

// TestActivationsOf_SeveralCustomers: the activations of all customers of one
// administrator are listed.
func TestActivationsOf_SeveralCustomers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		var want []string
		for n, customer := range []string{"c-1001", "c-1003", "c-1004", "c-1003"} {
			o := inScenario(customer, collaboration.HasSolution)
			o.RequestedAt = noon.Add(time.Duration(n) * time.Minute)
			b.opened(t, o)
			must(t, b.CloseActivation(ctx, closing(o, collaboration.Declined)))
			if customer != "c-1004" {
				want = append([]string{string(o.Activation)}, want...)
			}
		}
		all := []collaboration.Administration{{OfficeID: office, CustomerID: "c-1001"}, {OfficeID: "office-2", CustomerID: "c-1004"}}
		for n := range 25 {
			all = append(all, collaboration.Administration{OfficeID: office, CustomerID: fmt.Sprintf("c-none-%d", n)})
		}
		all = append(all, collaboration.Administration{OfficeID: office, CustomerID: "c-1003"})
		var got []string
		records, err := b.ActivationsOf(ctx, all)
		must(t, err)
		for _, r := range records {
			got = append(got, string(r.ID))
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		if none, err := b.ActivationsOf(ctx, nil); err != nil || len(none) != 0 {
			t.Errorf("of nobody: %v, %v", none, err)
		}
	})
}
