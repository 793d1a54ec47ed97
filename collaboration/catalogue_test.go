package collaboration_test

import (
	"strings"
	"testing"

	"countersign/collaboration"
)

func TestPrice_AmountInLanguage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ amount, currency, swedish, english string }{
		{"0", "SEK", "0 kr", "SEK 0"},
		{"249", "SEK", "249 kr", "SEK 249"},
		{"249.00", "EUR", "249 EUR", "EUR 249"},
		{"1249.50", "SEK", "1 249,50 kr", "SEK 1,249.50"},
		{"123456789.05", "NOK", "123 456 789,05 NOK", "NOK 123,456,789.05"},
		{"", "", "", ""},
	} {
		p := collaboration.Price{Amount: tt.amount, Currency: tt.currency}
		plain := func(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
		if sv, en := plain(p.AmountIn(collaboration.Swedish)), plain(p.AmountIn(collaboration.English)); sv != tt.swedish || en != tt.english {
			t.Errorf("%s %s: %q and %q, want %q and %q", tt.amount, tt.currency, sv, en, tt.swedish, tt.english)
		}
	}
}

func TestSolution_PriceOfPayer(t *testing.T) {
	t.Parallel()
	sek := func(amount string) collaboration.Price {
		return collaboration.Price{Amount: amount, Currency: "SEK", Per: collaboration.PerMonth}
	}
	s := collaboration.Solution{Price: sek("1"), PriceByPayer: collaboration.PayerPrices{Customer: sek("2")}, Variants: []collaboration.Variant{
		{ID: "own", Price: sek("3")},
		{ID: "both", PriceByPayer: collaboration.PayerPrices{Office: sek("4"), Customer: sek("5")}},
		{ID: "one", PriceByPayer: collaboration.PayerPrices{Office: sek("6")}},
	}}
	for variant, want := range map[string]collaboration.PayerPrices{
		"":     {Office: sek("1"), Customer: sek("2")},
		"own":  collaboration.SamePrice(sek("3")),
		"both": {Office: sek("4"), Customer: sek("5")},
		"one":  {Office: sek("6"), Customer: sek("2")},
	} {
		if got := s.PricesOf(variant); got != want {
			t.Errorf("variant %q: %+v, want %+v", variant, got, want)
		}
	}
}

func TestSolution_PriceOfVariant(t *testing.T) {
	t.Parallel()
	small, standard := collaboration.Price{Amount: "99", Currency: "SEK", Per: collaboration.PerMonth}, collaboration.Price{Link: "https://example.com"}
	s := collaboration.Solution{Price: standard, Variants: []collaboration.Variant{{ID: "small", Price: small}, {ID: "large"}}}
	for variant, want := range map[string]collaboration.Price{"small": small, "large": standard, "": standard, "unknown": standard} {
		if got := s.PriceOf(variant, collaboration.PaidByOffice); got != want {
			t.Errorf("variant %q costs %+v, want %+v", variant, got, want)
		}
	}
}
