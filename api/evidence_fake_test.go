package api_test

import (
	"context"

	"countersign/collaboration"
	"countersign/internal/receipt/receipttest"
)

func (f facts) AddTerms(_ context.Context, t collaboration.TermsText) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.decisions) == 0 { // a text that is stored after the decision is too late
		f.terms = append(f.terms, t)
	}
	return f.called("AddTerms")
}

func (f facts) Approvals(_ context.Context, id collaboration.ActivationID) ([]collaboration.Approval, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.approvals == nil {
		a := receipttest.Approval(collaboration.Swedish)
		a.Activation = id
		return []collaboration.Approval{a}, f.called("Approvals")
	}
	return f.approvals, f.called("Approvals")
}
