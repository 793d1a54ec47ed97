package store_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
)

var (
	price = collaboration.Price{Amount: "249.50", Currency: "SEK", Per: collaboration.PerMonth,
		Text: collaboration.Text{Swedish: "exklusive moms", English: "excluding VAT"}, Link: "https://example.com/price-list"}
	higherPrice = collaboration.Price{Amount: "299", Currency: "SEK", Per: collaboration.PerMonth}
)

func TestPrice_IsThatOfTheOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		o.Prices = collaboration.SamePrice(price)
		b.opened(t, o)
		o.Prices = collaboration.SamePrice(higherPrice)
		must(t, b.OpenActivation(ctx, o)) // a repeat
		r, err := b.Activation(ctx, o.Activation)
		if must(t, err); r.Price() != price || r.Order().Price() != price {
			t.Errorf("the price is %+v, and %+v in the order", r.Price(), r.Order().Price())
		}
	})
}

// The approved price is in the decision and in the audit.
func TestPrice_IsKeptWithDecision(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1004")
		o.Prices = collaboration.SamePrice(price)
		b.invited(t, o)
		start := approval(o)
		start.Decision.Offer.Price = o.Price()
		must(t, b.approve(ctx, start))
		r, err := b.Activation(ctx, o.Activation)
		if must(t, err); r.Decision.Offer.Price != price {
			t.Errorf("the decision has the price %+v", r.Decision.Offer.Price)
		}
		found := false
		file, _ := b.exported(t, o)
		for _, row := range file.Rows {
			found = found || row.Action == collaboration.ActionApproved && strings.Contains(row.Detail, `"price":{"amount":"249.50","currency":"SEK"`)
		}
		if !found {
			t.Errorf("no price in the audit %+v", file.Rows)
		}
	})
}
