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
}

// NewSolution presents a solution in the language.
func NewSolution(s collaboration.Solution, l collaboration.Locale) Solution {
	return Solution{ID: s.ID, Name: s.Name.In(l), Description: s.Description.In(l), Price: NewPrice(s.Price, l)}
}
