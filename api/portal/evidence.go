package portal

import (
	"countersign/api/page"
	"countersign/collaboration"
	"countersign/internal/app/evidence"
)

// evidencePages are the pages of an approval.
type evidencePages struct{ Config }

func (h evidencePages) approval(v *page.Context) (collaboration.Approval, error) {
	return h.Evidence.OfCustomer(v.Context(), *v.Person, v.Param("id"), evidence.Latest)
}

func (h evidencePages) showTerms(v *page.Context) error {
	a, err := h.approval(v)
	if err != nil {
		return err
	}
	return page.WriteApprovedTerms(v, a, "mine", myCollaboration(a.Activation))
}

func (h evidencePages) sendReceipt(v *page.Context) error {
	a, err := h.approval(v)
	if err != nil {
		return err
	}
	return page.WriteReceipt(v, a)
}
