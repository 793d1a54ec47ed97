package present

import (
	"countersign/collaboration"
)

// Solution is one solution of the catalogue.
type Solution struct {
	ID          string `json:"id" example:"financial-overview"`
	Name        string `json:"name" example:"Financial overview, Budget & Forecast"`
	Description string `json:"description"`
	Price       *Price `json:"price,omitempty" doc:"The price of the solution, and of its variants without a price of their own."`
	// PriceByPayer replaces Price.
	PriceByPayer *PayerPrices `json:"price_by_payer,omitempty" doc:"The price for each invoice recipient; instead of price, if it depends on that."`
}

// NewSolution presents a solution in the language.
func NewSolution(s collaboration.Solution, l collaboration.Locale) Solution {
	v := Solution{ID: s.ID, Name: s.Name.In(l), Description: s.Description.In(l)}
	v.Price, v.PriceByPayer = newPrices(s.PricesOf(""), l)
	return v
}
