package present

import (
	"countersign/api/i18n"
	"countersign/collaboration"
	"countersign/internal/app"
)

// Kept is a customer's existing agreement on a solution. The customer keeps it.
type Kept struct {
	Variant     string             `json:"variant,omitempty" example:"bookkeeping"`
	VariantName string             `json:"variant_name,omitempty" example:"Bookkeeping"`
	RenewsOn    collaboration.Date `json:"renews_on,omitzero" doc:"The date on which the customer's own agreement renews. There is no new charge before it."`
	Text        string             `json:"text" doc:"Text for users."`
}

// NewKept describes the agreement that the customer keeps. The text key is "kept" for
// the office and "page.kept" for the customer.
func NewKept(key string, s collaboration.Solution, variant string, renews collaboration.Date, l collaboration.Locale) *Kept {
	if !s.KeepsAgreement {
		return nil
	}
	v := Kept{Variant: variant, RenewsOn: renews, Text: i18n.Text(l, key)}
	if named, ok := s.Variant(variant); ok {
		v.VariantName = named.Name.In(l)
	}
	if !renews.IsZero() {
		v.Text = i18n.Text(l, key+".until", i18n.LongDate(renews, l))
	}
	return &v
}

// VariantName returns the name of the variant, or "" for a solution with one variant.
func VariantName(r collaboration.Activation, s collaboration.Solution, l collaboration.Locale) string {
	v, _ := s.Variant(r.Variant)
	return v.Name.In(l)
}

// KeptByInvitee returns the agreement of its own that the customer keeps.
func KeptByInvitee(i app.Invitation, l collaboration.Locale) *Kept {
	if i.Activation.Scenario != collaboration.HasSolution {
		return nil
	}
	return NewKept("page.kept", i.Solution, i.Activation.Variant, i.Activation.KeptUntil, l)
}
