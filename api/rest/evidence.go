package rest

import (
	"context"
	"time"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/internal/receipt"
)

// evidenceHandlers serves what a customer approved, to both parties.
type evidenceHandlers struct{ handlers }

func (h evidenceHandlers) register(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/activations/{id}/terms", opGetTerms, h.getTerms)
	endpoint.Get(r.Employees, "/v1/activations/{id}/receipt.pdf", opGetReceipt, h.getReceipt)
	endpoint.Get(r.Administrators, "/v1/collaborations/{id}/terms", opGetTermsAsCustomer, h.getTermsAsCustomer)
	endpoint.Get(r.Administrators, "/v1/collaborations/{id}/receipt.pdf", opGetReceiptAsCustomer, h.getReceiptAsCustomer)
}

// EntryQuery chooses an approval.
type EntryQuery struct {
	Entry int `query:"entry" minimum:"0" doc:"The audit's sequence number of the approval; the newest approval if absent." example:"6"`
}

type officeEvidenceInput struct {
	ActivationInput
	EntryQuery
}

type customerEvidenceInput struct {
	CollaborationInput
	EntryQuery
}

// ApprovedTermsView is what a customer approved, with the words that were shown.
type ApprovedTermsView struct {
	Entry       int                  `json:"entry" example:"6" doc:"The audit's sequence number of the approval."`
	EntryHash   string               `json:"entry_hash" doc:"The hash of the entry in the audit."`
	ApprovedAt  time.Time            `json:"approved_at"`
	Solution    string               `json:"solution" example:"Bookkeeping & Invoicing"`
	Variant     string               `json:"variant,omitempty" example:"Bookkeeping"`
	OfferHash   string               `json:"offer_hash" doc:"SHA-256 of the approved offer: offer_hash of the invitation that was read."`
	Version     string               `json:"version" example:"2026-11"`
	Locale      collaboration.Locale `json:"locale" doc:"The language in which the terms were shown."`
	TermsHash   string               `json:"terms_hash" doc:"SHA-256 of the UTF-8 text."`
	Text        string               `json:"text"`
	ReceiptPath string               `json:"receipt_path" doc:"The receipt of this approval, as PDF."`
}

const evidenceText = " It is the text that was shown, also after a change of the catalogue."

var (
	evidenceCodes = []collaboration.Code{collaboration.CodeInvalidRequest, collaboration.CodeActivationNotFound, collaboration.CodeTermsNotFound}

	opGetTerms = endpoint.Operation{ID: "get-approved-terms", Tag: tagActivations, Summary: "Read the approved terms",
		Text: "Returns the terms that the customer approved." + evidenceText, Codes: evidenceCodes}
	opGetReceipt = endpoint.Operation{ID: "get-receipt", Tag: tagActivations, Summary: "Download the receipt",
		Text: "Returns the receipt of an approval as PDF. Equal data has equal bytes. Personal data is absent after its erasure.", Codes: evidenceCodes}
	opGetTermsAsCustomer = endpoint.Operation{ID: "get-approved-terms-as-customer", Tag: tagInvitations, Summary: "Read the approved terms, for the customer",
		Text: "Returns the terms that the customer approved." + evidenceText, Codes: evidenceCodes}
	opGetReceiptAsCustomer = endpoint.Operation{ID: "get-receipt-as-customer", Tag: tagInvitations, Summary: "Download the receipt, for the customer",
		Text: "Returns the receipt of an approval as PDF, as the office gets it.", Codes: evidenceCodes}
)

func (h evidenceHandlers) getTerms(ctx context.Context, in *officeEvidenceInput) (*endpoint.Response[ApprovedTermsView], error) {
	a, err := h.evidence.OfOffice(ctx, request.Employee(ctx), in.ID, in.Entry)
	return respondTerms(a, "/v1/activations/", err)
}

func (h evidenceHandlers) getTermsAsCustomer(ctx context.Context, in *customerEvidenceInput) (*endpoint.Response[ApprovedTermsView], error) {
	a, err := h.evidence.OfCustomer(ctx, request.Person(ctx), in.ID, in.Entry)
	return respondTerms(a, "/v1/collaborations/", err)
}

func respondTerms(a collaboration.Approval, path string, err error) (*endpoint.Response[ApprovedTermsView], error) {
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(ApprovedTermsView{
		Entry: a.Row.Sequence, EntryHash: a.Row.Hash, ApprovedAt: a.At, Solution: a.Offer.Solution, Variant: a.Offer.Variant, OfferHash: a.OfferHash,
		Version: a.Offer.TermsVersion, Locale: a.Offer.Locale, TermsHash: a.Offer.TermsHash, Text: a.Terms,
		ReceiptPath: path + string(a.Activation) + "/receipt.pdf",
	}), nil
}

type receiptOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte `contentType:"application/pdf"`
}

func (h evidenceHandlers) getReceipt(ctx context.Context, in *officeEvidenceInput) (*receiptOutput, error) {
	a, err := h.evidence.OfOffice(ctx, request.Employee(ctx), in.ID, in.Entry)
	return respondReceipt(a, err)
}

func (h evidenceHandlers) getReceiptAsCustomer(ctx context.Context, in *customerEvidenceInput) (*receiptOutput, error) {
	a, err := h.evidence.OfCustomer(ctx, request.Person(ctx), in.ID, in.Entry)
	return respondReceipt(a, err)
}

func respondReceipt(a collaboration.Approval, err error) (*receiptOutput, error) {
	if err != nil {
		return nil, err
	}
	pdf, err := receipt.Render(a)
	return &receiptOutput{receipt.MediaType, receipt.Disposition(a), pdf}, err
}
