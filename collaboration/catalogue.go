package collaboration

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// EndPolicy is the policy for a solution when the collaboration ends.
type EndPolicy string

// The end policies.
const (
	// ContinueAlone: the customer keeps the solution.
	ContinueAlone EndPolicy = "continue_alone"
	// ReadOnly: the subscription is cancelled, its data stays readable.
	ReadOnly EndPolicy = "read_only"
	// Delete: the subscription is cancelled and its data deleted.
	Delete EndPolicy = "delete"
)

// AllEndPolicies returns all policies.
func AllEndPolicies() []EndPolicy { return []EndPolicy{ContinueAlone, ReadOnly, Delete} }

// EndPolicies are the policies that a party chooses from when it ends a collaboration. The
// first is the default. JSON has one policy as a string or several as a list.
type EndPolicies []EndPolicy

// Allows reports whether a party may choose a policy; "" leaves the choice as it is.
func (p EndPolicies) Allows(choice EndPolicy) bool {
	return choice == "" || slices.Contains(p, choice)
}

// Resolve returns the policy that applies: the first choice that is not "", or the default.
func (p EndPolicies) Resolve(choices ...EndPolicy) EndPolicy {
	if choice := cmp.Or(choices...); choice != "" || len(p) == 0 {
		return choice
	}
	return p[0]
}

// UnmarshalJSON accepts one policy without a list.
func (p *EndPolicies) UnmarshalJSON(raw []byte) error {
	if raw[0] == '[' || string(raw) == "null" {
		return json.Unmarshal(raw, (*[]EndPolicy)(p))
	}
	*p = make(EndPolicies, 1)
	return json.Unmarshal(raw, &(*p)[0])
}

// Field is one field of a solution's form, by its path in the request.
type Field string

// The fields of forms.
const (
	FieldTask             Field = "task_id"
	FieldInvoiceRecipient Field = "invoice_recipient"
	FieldPeriod           Field = "period"
	FieldAgreementMonths  Field = "agreement_months"
	FieldContact          Field = "contact"
	FieldVariant          Field = "variant"
)

// FormFields returns all fields that a form can have.
func FormFields() []Field {
	return []Field{FieldTask, FieldInvoiceRecipient, FieldPeriod, FieldAgreementMonths, FieldContact, FieldVariant}
}

// Solution is an entry of the catalogue: software that office and customer share. The
// differences between solutions are data, not branches in the code.
type Solution struct {
	ID          string `json:"id"`
	Name        Text   `json:"name"`
	Description Text   `json:"description"`
	// Variants is empty for a solution with one variant only.
	Variants []Variant `json:"variants,omitempty"`
	// Price applies to variants without a price of their own.
	Price Price `json:"price,omitzero"`
	// PriceByPayer has precedence over Price.
	PriceByPayer PayerPrices `json:"price_by_payer,omitzero"`
	// KeepsAgreement: a customer that has the solution keeps its variant and agreement,
	// is the invoice recipient by default, and has no new costs until that agreement
	// renews.
	KeepsAgreement bool `json:"keeps_agreement,omitempty"`
	// DefaultAgreementMonths applies to forms without the field.
	DefaultAgreementMonths  int              `json:"default_agreement_months"`
	DefaultInvoiceRecipient InvoiceRecipient `json:"default_invoice_recipient"`
	// OnUnapprovedRenewal applies if the customer does not approve a renewal with a new
	// price or new terms; "" is RenewUnchanged.
	OnUnapprovedRenewal RenewalPolicy        `json:"on_unapproved_renewal,omitempty"`
	OnEnd               EndPolicies          `json:"on_end"`
	Fields              map[Scenario][]Field `json:"fields"`
	Terms               Terms                `json:"terms"`
}

// Variant is a variant of a solution.
type Variant struct {
	ID    string `json:"id"`
	Name  Text   `json:"name"`
	Price Price  `json:"price,omitzero"`
	// PriceByPayer has precedence over Price.
	PriceByPayer PayerPrices `json:"price_by_payer,omitzero"`
}

// Price is what the invoice recipient pays: an amount for each month, a text such as a
// reference to a price list, a link to one, or several of them.
type Price struct {
	// Amount is a decimal number such as "249.50". It is a text, because a binary number
	// would round it. Currency is its ISO 4217 code.
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	// Per is the period that Amount is for: PerMonth.
	Per  string `json:"per,omitempty"`
	Text Text   `json:"text,omitzero"`
	Link string `json:"link,omitempty"`
}

// PerMonth is the period of a price.
const PerMonth = "month"

// PayerPrices are the prices of the same thing for each invoice recipient.
type PayerPrices struct {
	Office   Price `json:"office,omitzero"`
	Customer Price `json:"customer,omitzero"`
}

// SamePrice returns prices that do not depend on the invoice recipient.
func SamePrice(p Price) PayerPrices { return PayerPrices{Office: p, Customer: p} }

// Of returns the price for an invoice recipient.
func (p PayerPrices) Of(r InvoiceRecipient) Price {
	if r == PaidByCustomer {
		return p.Customer
	}
	return p.Office
}

// Differ reports whether the price depends on the invoice recipient.
func (p PayerPrices) Differ() bool { return p.Office != p.Customer }

const noBreakSpace = "\u00a0"

// AmountIn returns the amount with its currency in a language, as in "1 249,50 kr" or
// "SEK 1,249.50"; "" for a price without an amount.
func (p Price) AmountIn(l Locale) string {
	whole, fraction, _ := strings.Cut(p.Amount, ".")
	if strings.Trim(fraction, "0") == "" {
		fraction = ""
	}
	switch {
	case p.Amount == "":
		return ""
	case l == English:
		return p.Currency + noBreakSpace + joined(grouped(whole, ","), ".", fraction)
	case p.Currency == "SEK":
		return joined(grouped(whole, noBreakSpace), ",", fraction) + noBreakSpace + "kr"
	default:
		return joined(grouped(whole, noBreakSpace), ",", fraction) + noBreakSpace + p.Currency
	}
}

// grouped separates the thousands of a number.
func grouped(digits, separator string) string {
	var groups []string
	for ; len(digits) > 3; digits = digits[:len(digits)-3] {
		groups = append(groups, digits[len(digits)-3:])
	}
	groups = append(groups, digits)
	slices.Reverse(groups)
	return strings.Join(groups, separator)
}

func joined(whole, point, fraction string) string {
	if fraction == "" {
		return whole
	}
	return whole + point + fraction
}

// Variant returns the variant with an ID.
func (s Solution) Variant(id string) (Variant, bool) {
	for _, v := range s.Variants {
		if v.ID == id {
			return v, true
		}
	}
	return Variant{}, false
}

// PriceOf returns the price of a variant for an invoice recipient. A variant without a price
// has that of the solution.
func (s Solution) PriceOf(variantID string, payer InvoiceRecipient) Price {
	v, _ := s.Variant(variantID)
	return cmp.Or(v.PriceByPayer.Of(payer), v.Price, s.PriceByPayer.Of(payer), s.Price)
}

// PricesOf returns the prices of a variant for both invoice recipients.
func (s Solution) PricesOf(variantID string) PayerPrices {
	return PayerPrices{Office: s.PriceOf(variantID, PaidByOffice), Customer: s.PriceOf(variantID, PaidByCustomer)}
}

// Payer returns the default invoice recipient.
func (s Solution) Payer(sc Scenario) InvoiceRecipient {
	if sc == HasSolution && s.KeepsAgreement {
		return PaidByCustomer
	}
	return s.DefaultInvoiceRecipient
}

// Asks reports whether the form of a scenario has a field.
func (s Solution) Asks(sc Scenario, f Field) bool { return slices.Contains(s.Fields[sc], f) }

// Terms are the terms that the customer approves.
type Terms struct {
	Version string `json:"version"`
	Text    Text   `json:"text"`
}

// Catalogue has the solutions that can be shared. An office may have its own.
type Catalogue struct {
	solutions []Solution
	offices   map[string][]Solution
}

// NewCatalogue returns a catalogue of these solutions, for every office.
func NewCatalogue(solutions ...Solution) Catalogue { return Catalogue{solutions: solutions} }

// With returns the catalogue with further solutions. A solution replaces the one with its
// ID, in place.
func (c Catalogue) With(solutions ...Solution) Catalogue {
	c.solutions = merged(c.solutions, solutions)
	return c
}

// WithOffice is With for one office only.
func (c Catalogue) WithOffice(officeID string, solutions ...Solution) Catalogue {
	c.offices = maps.Clone(c.offices)
	if c.offices == nil {
		c.offices = map[string][]Solution{}
	}
	c.offices[officeID] = merged(c.offices[officeID], solutions)
	return c
}

// For returns the catalogue of an office.
func (c Catalogue) For(officeID string) Catalogue {
	if own := c.offices[officeID]; len(own) > 0 {
		return NewCatalogue(merged(c.solutions, own)...)
	}
	return Catalogue{solutions: c.solutions}
}

// Offices returns the IDs of the offices with solutions of their own, in order.
func (c Catalogue) Offices() []string { return slices.Sorted(maps.Keys(c.offices)) }

func merged(solutions, further []Solution) []Solution {
	all := slices.Clone(solutions)
	for _, s := range further {
		if i := slices.IndexFunc(all, func(old Solution) bool { return old.ID == s.ID }); i >= 0 {
			all[i] = s
		} else {
			all = append(all, s)
		}
	}
	return all
}

// Solutions returns all solutions.
func (c Catalogue) Solutions() []Solution { return slices.Clone(c.solutions) }

// Solution returns the solution with an ID.
func (c Catalogue) Solution(id string) (Solution, bool) {
	for _, s := range c.solutions {
		if s.ID == id {
			return s, true
		}
	}
	return Solution{}, false
}

// Valid reports whether the invoice recipient exists.
func (r InvoiceRecipient) Valid() bool { return r == PaidByOffice || r == PaidByCustomer }
