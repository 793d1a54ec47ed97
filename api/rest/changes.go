package rest

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// changes changes activations, for the office.
type changes struct{ handlers }

func (h changes) register(r endpoint.Groups) {
	endpoint.Post(r.Employees, "/v1/activations/{id}/withdraw", opWithdraw, simpleChange(h.app.Changes.Withdraw))
	endpoint.Post(r.Employees, "/v1/activations/{id}/resend", opResend, simpleChange(h.app.Changes.Resend))
	endpoint.Post(r.Managers, "/v1/activations/{id}/end", opEnd, bodyChange(h, h.app.Changes.End, func(b EndRequest) message.End { return message.End(b) }))
	endpoint.Post(r.Managers, "/v1/activations/{id}/revoke-notice", opRevokeNotice, simpleChange(h.app.Changes.RevokeNotice))
	endpoint.Post(r.Managers, "/v1/activations/{id}/withdraw-change", opWithdrawChange, simpleChange(h.app.Changes.WithdrawChange))
	endpoint.Post(r.Employees, "/v1/activations/{id}/correct", opCorrect, bodyChange(h, h.app.Changes.Correct, func(b CorrectRequest) string { return b.Email }))
	endpoint.Post(r.Employees, "/v1/activations/{id}/forward", opForward, bodyChange(h, h.app.Changes.Forward, func(b AdministratorRequest) string { return b.AdministratorID }))
	endpoint.Register(r.Employees, http.MethodPatch, "/v1/activations/{id}", opChange, bodyChange(h, h.app.Changes.ChangeTerms, ChangeRequest.terms))
}

// ChangeInput is the common input of all changes of an activation.
type ChangeInput struct {
	ActivationInput
	endpoint.IdempotencyKey
	IfMatch string `header:"If-Match" doc:"The request fails if the activation's current ETag differs. A retry with the same Idempotency-Key and If-Match gets the same precondition result as the first request." example:"\"3\""`
}

// StatusView is the status of an activation after a change.
type StatusView struct {
	ID         collaboration.ActivationID `json:"id"`
	State      collaboration.State        `json:"state" doc:"The workflow completes an accepted change after it has accepted it. Withdraw, and end with when=now, wait about two seconds for completion. If completion takes longer, and after a decision, this is the state at acceptance. Follow the activation to see the final state."`
	Phase      collaboration.Phase        `json:"phase" doc:"The phase of this state."`
	Generation int                        `json:"generation" doc:"The generation of the invitation with the valid link."`
	Agreement  *AgreementView             `json:"agreement,omitempty"`
	Proposal   *ProposalView              `json:"proposal,omitempty" doc:"The latest proposed change. An open one awaits the customer's answer."`
	Links      ActivationLinks            `json:"links"`
}

type statusOutput = endpoint.Response[StatusView]

func viewStatus(ctx context.Context, id collaboration.ActivationID, s message.Status) StatusView {
	return StatusView{ID: id, State: s.State, Phase: s.Phase(), Generation: s.Generation, Agreement: viewAgreement(s.Agreement), Proposal: viewProposal(s.Proposal, request.Locale(ctx)), Links: linksOf(id)}
}

// target converts the input to the target of a use case.
func (in ChangeInput) target(invalid []collaboration.FieldError) app.Target {
	return app.Target{Activation: in.ID, Key: in.Key, If: endpoint.IfMatch(in.IfMatch), Invalid: invalid}
}

// changeBodyInput is the input of a change with a JSON body.
type changeBodyInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

// simpleChange is the handler of a change without a body.
func simpleChange(use func(context.Context, collaboration.Employee, app.Target) (message.Status, error)) endpoint.Handler[ChangeInput, statusOutput] {
	return func(ctx context.Context, in *ChangeInput) (*statusOutput, error) {
		status, err := use(ctx, request.Employee(ctx), in.target(nil))
		return answerChange(ctx, in.ID, status, err)
	}
}

// bodyChange is the handler of a change with a body of type B. value converts the body
// to the value of the use case.
func bodyChange[B, V any](h changes, use func(context.Context, collaboration.Employee, app.Target, V) (message.Status, error), value func(B) V) endpoint.Handler[changeBodyInput, statusOutput] {
	return func(ctx context.Context, in *changeBodyInput) (*statusOutput, error) {
		body, invalid, err := endpoint.DecodeBody[B](h.schemas, in.RawBody)
		if err != nil {
			return nil, err
		}
		status, err := use(ctx, request.Employee(ctx), in.target(invalid), value(body))
		return answerChange(ctx, in.ID, status, err)
	}
}

// answerChange returns the status after a change.
func answerChange(ctx context.Context, id string, status message.Status, err error) (*statusOutput, error) {
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(viewStatus(ctx, collaboration.ActivationID(id), status)), nil
}

var opWithdraw = endpoint.Operation{ID: "withdraw-activation", Tag: tagActivations, Summary: "Withdraw a pending invitation",
	Text: "Withdraws the invitation and compensates the completed steps of the activation." + endpoint.IdempotencyText, Codes: changeCodes(collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}

var opResend = endpoint.Operation{ID: "resend-activation", Tag: tagActivations, Summary: "Send the invitation again",
	Text: "Sends a new invitation. It supersedes older links and restarts the 30 days." + endpoint.IdempotencyText, Codes: changeCodes(collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}

var opRevokeNotice = endpoint.Operation{ID: "revoke-notice", Tag: tagActivations, Summary: "Revoke notice",
	Text: "Revokes the notice of either party, or removes the chosen end date. Managers only." + endpoint.IdempotencyText, Codes: changeCodes(collaboration.CodeNotActive, collaboration.CodeNoNotice)}

// EndRequest is the requested end of a collaboration.
type EndRequest struct {
	When  collaboration.EndWhen   `json:"when" enum:"now,end_of_term,on_date" doc:"Now, at the end of the current term without renewal, or on a date."`
	On    collaboration.Date      `json:"on,omitzero" format:"date" doc:"The date, for on_date only: not in the past, at most two years ahead. The collaboration ends at the start of that day in Stockholm." example:"2027-03-15"`
	OnEnd collaboration.EndPolicy `json:"on_end,omitempty" doc:"The end policy of the solution, one of on_end_choices. Without it the earlier choice stays, or the default applies. A further request during the notice changes the choice."`
}

var opEnd = endpoint.Operation{ID: "end-activation", Tag: tagActivations, Summary: "End a running collaboration",
	Text: "Ends the collaboration now, on a date, or at the end of the term without renewal. Both parties are notified. Managers only." + endpoint.IdempotencyText, Consumes: "application/json", Body: EndRequest{}, Example: EndRequest{When: collaboration.EndOfTerm},
	Codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeNotActive, collaboration.CodeMainContactMissing)}

// ChangeRequest changes the fields that it contains; the others keep their values.
type ChangeRequest struct {
	TaskID           string                         `json:"task_id,omitempty" example:"t-1003-2" doc:"Another open task of the same customer."`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty" doc:"The invoice recipient. In a running collaboration only managers may change it."`
	Period           *collaboration.Period          `json:"period,omitempty" doc:"The start of the agreement. Allowed while the invitation is pending."`
	AgreementMonths  int                            `json:"agreement_months,omitempty" enum:"3,12" doc:"The agreement period. Allowed while the invitation is pending, if the form has the field. In a running collaboration only managers may change it, from the next renewal on."`
	RemindersPaused  *bool                          `json:"reminders_paused,omitempty" doc:"Whether reminders of a pending invitation are paused."`
	Variant          string                         `json:"variant,omitempty" example:"bi" doc:"Another variant of the solution, for a running collaboration. Only managers may change it."`
}

func (r ChangeRequest) terms() collaboration.Change {
	return collaboration.Change{
		TaskID: r.TaskID, InvoiceRecipient: r.InvoiceRecipient, Period: r.Period,
		AgreementMonths: r.AgreementMonths, RemindersPaused: r.RemindersPaused, Variant: r.Variant,
	}
}

var opChange = endpoint.Operation{ID: "change-activation", Tag: tagActivations, Summary: "Change a pending invitation or a running collaboration",
	Text:     "Changes the given fields. While the invitation is pending, a change of the invoice recipient, the start or the agreement period sends a new invitation, which supersedes older links and restarts the 30 days. In a running collaboration every employee may change the task. Only managers may change the invoice recipient, the variant and the agreement period (from the next renewal). A change that costs the customer something, or differs from what it approved, is proposed to the customer and takes effect once it approves." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: ChangeRequest{}, Example: ChangeRequest{TaskID: "t-1003-2"},
	Codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending, collaboration.CodeChangeProposed)}

// CorrectRequest corrects the e-mail address of the invitation's recipient.
type CorrectRequest struct {
	Email string `json:"email" example:"asa@oberg.example" doc:"The correct address. A new invitation is sent there and supersedes older links."`
}

var opCorrect = endpoint.Operation{ID: "correct-address", Tag: tagActivations, Summary: "Correct the recipient's address",
	Text:     "Corrects the e-mail address of the contact that the activation creates and sends a new invitation there. It supersedes older links, restarts the 30 days, and resumes reminders that a bounce had suspended. The old and the new address receive a mail about the change." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: CorrectRequest{}, Example: CorrectRequest{Email: "asa@oberg.example"},
	Codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAddressNotCorrectable, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}

// AdministratorRequest names one of the customer's administrators.
type AdministratorRequest struct {
	AdministratorID string `json:"administrator_id" example:"a-1003-2" doc:"An administrator of the same customer."`
}

var opForward = endpoint.Operation{ID: "forward-invitation", Tag: tagActivations, Summary: "Invite another administrator",
	Text:     "Sends a new invitation to another administrator of the same customer. It supersedes older links." + endpoint.IdempotencyText,
	Consumes: "application/json", Body: AdministratorRequest{}, Example: AdministratorRequest{AdministratorID: "a-1003-2"},
	Codes: changeCodes(collaboration.CodeInvalidRequest, collaboration.CodeAlreadyDecided, collaboration.CodeNotPending)}
