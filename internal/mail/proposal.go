package mail

import (
	"strconv"

	"countersign/collaboration"
)

// proposal has the values of a proposed change. A value that stays as it is is empty.
type proposal struct {
	Renewal bool
	// Ends reports whether the agreement ends without an approval.
	Ends                                 bool
	Variant, Price, Payer, Months, Terms fromTo
	// Reason and Comment explain a decline.
	Reason  collaboration.DeclineReason
	Comment string
}

type fromTo struct{ From, To string }

// proposalOf returns the values of a proposal; nil for none.
func proposalOf(p *collaboration.Proposal, v variables, solution collaboration.Solution, lang collaboration.Locale) *proposal {
	if p == nil {
		return nil
	}
	differs := func(value func(collaboration.Conditions) string) fromTo {
		from, to := value(p.From), value(p.To)
		if from == to {
			return fromTo{}
		}
		return fromTo{from, to}
	}
	out := &proposal{
		Renewal: p.Kind == collaboration.ProposalRenewal, Ends: p.Unanswered == collaboration.EndAgreement,
		Variant: differs(func(c collaboration.Conditions) string {
			variant, _ := solution.Variant(c.Variant)
			return variant.Name.In(lang)
		}),
		Price: differs(func(c collaboration.Conditions) string { return priceLine(c.Price(), lang) }),
		Payer: differs(func(c collaboration.Conditions) string {
			if c.InvoiceRecipient == collaboration.PaidByOffice {
				return v.Office
			}
			return v.Customer
		}),
		Months: differs(func(c collaboration.Conditions) string { return strconv.Itoa(c.AgreementMonths) }),
		Terms:  differs(func(c collaboration.Conditions) string { return c.TermsVersion }),
	}
	if d := p.Decision; d != nil {
		out.Reason, out.Comment = d.Reason, clean(d.Comment)
	}
	return out
}

// priceLine returns the amount or the text of a price. The mail has no other link than its
// own.
func priceLine(p collaboration.Price, lang collaboration.Locale) string {
	if amount := p.AmountIn(lang); amount != "" {
		return amount
	}
	return clean(p.Text.In(lang))
}
