package office

import (
	"countersign/api/page"
	"countersign/api/request"
	"countersign/collaboration"
	"countersign/internal/app/evidence"
)

// evidencePages are the pages of an approval.
type evidencePages struct{ evidence *evidence.Evidence }

func (h evidencePages) approval(v *page.Context) (collaboration.Approval, error) {
	return h.evidence.OfOffice(v.Context(), request.Employee(v.Context()), v.Param("id"), evidence.Latest)
}

func (h evidencePages) showTerms(v *page.Context) error {
	a, err := h.approval(v)
	if err != nil {
		return err
	}
	return page.WriteApprovedTerms(v, a, "collaborations", activationPage(string(a.Activation)))
}

func (h evidencePages) sendReceipt(v *page.Context) error {
	a, err := h.approval(v)
	if err != nil {
		return err
	}
	return page.WriteReceipt(v, a)
}
