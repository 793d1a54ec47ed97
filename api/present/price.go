package present

import (
	"countersign/api/i18n"
	"countersign/collaboration"
)

// Price is what the invoice recipient pays.
type Price struct {
	Text     string `json:"text" example:"SEK 249.50 per month" doc:"The price for people, in the language of Accept-Language."`
	Amount   string `json:"amount,omitempty" example:"249.50" doc:"A decimal number; absent for a price without an amount."`
	Currency string `json:"currency,omitempty" example:"SEK" doc:"ISO 4217."`
	Per      string `json:"per,omitempty" enum:"month" doc:"The period of the amount."`
	Link     string `json:"link,omitempty" example:"https://example.com/price-list" doc:"A price list."`
}

// NewPrice presents a price in the language; nil for no price.
func NewPrice(p collaboration.Price, l collaboration.Locale) *Price {
	if p == (collaboration.Price{}) {
		return nil
	}
	return &Price{i18n.Price(p, l), p.Amount, p.Currency, p.Per, p.Link}
}

// PayerPrices are the prices for each invoice recipient.
type PayerPrices struct {
	Office   *Price `json:"office,omitempty" doc:"If the office is the invoice recipient."`
	Customer *Price `json:"customer,omitempty" doc:"If the customer is the invoice recipient."`
}

// newPrices returns either the price for both invoice recipients, or that of each.
func newPrices(p collaboration.PayerPrices, l collaboration.Locale) (*Price, *PayerPrices) {
	if !p.Differ() {
		return NewPrice(p.Office, l), nil
	}
	return nil, &PayerPrices{NewPrice(p.Office, l), NewPrice(p.Customer, l)}
}
