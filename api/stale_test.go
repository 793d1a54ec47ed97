package api_test

import (
	"context"
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// behind is a cache with stale customers.
type behind struct{ customer collaboration.Customer }

func (b behind) Customer(context.Context, string, string) (collaboration.Customer, error) {
	if b.customer.ID == "" {
		return b.customer, &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return b.customer, nil
}

func TestActivate_StaleCacheRejectsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	without := w.customers["c-has"]
	without.Subscriptions = nil
	for name, cached := range map[string]collaboration.Customer{"another scenario": without, "no such customer": {}} {
		w.deps = func(d *api.Config) { d.Customers = behind{cached} }
		if got := post("/v1/activations", "nils", goodHas).send(w.server(t)); got.Code != 202 {
			t.Errorf("%s: %d %s", name, got.Code, got.Body)
		}
	}
}
