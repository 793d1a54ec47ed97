package api

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/internal/app"
)

// ChangeInput is the common input of all changes of an activation.
type ChangeInput struct {
	ActivationInput
	IdempotencyKey
	IfMatch string `header:"If-Match" doc:"The request fails if the activation's current ETag differs. A retry with the same Idempotency-Key and If-Match gets the same precondition result as the first request." example:"\"3\""`
}

// StatusView is the status of an activation after a change.
type StatusView struct {
	ID         collaboration.ActivationID `json:"id"`
	State      collaboration.State        `json:"state" enum:"activating,awaiting_approval,active,ended,declined,expired,withdrawn,failed" doc:"The workflow completes an accepted change after it has accepted it. Withdraw, and end with when=now, wait about two seconds for completion. If completion takes longer, and after a decision, this is the state at acceptance. Follow the activation to see the final state."`
	Generation int                        `json:"generation" doc:"The generation of the invitation with the valid link."`
	Agreement  *AgreementView             `json:"agreement,omitempty"`
	Links      ActivationLinks            `json:"links"`
}

type statusOutput = bodyOf[StatusView]

func viewStatus(id collaboration.ActivationID, s message.Status) StatusView {
	return StatusView{ID: id, State: s.State, Generation: s.Generation, Agreement: viewAgreement(s.Agreement), Links: linksOf(id)}
}

// target converts the input to the target of a use case.
func (in ChangeInput) target(invalid []collaboration.FieldError) app.Target {
	return app.Target{Activation: in.ID, Key: in.Key, If: ifMatch(in.IfMatch), Invalid: invalid}
}

// answerChange returns the status after a change.
func answerChange(id string, status message.Status, err error) (*statusOutput, error) {
	if err != nil {
		return nil, err
	}
	return &statusOutput{viewStatus(collaboration.ActivationID(id), status)}, nil
}

func (s *Server) withdraw(ctx context.Context, in *ChangeInput) (*statusOutput, error) {
	status, err := s.app.Changes.Withdraw(ctx, employeeOf(ctx), in.target(nil))
	return answerChange(in.ID, status, err)
}

func (s *Server) resend(ctx context.Context, in *ChangeInput) (*statusOutput, error) {
	status, err := s.app.Changes.Resend(ctx, employeeOf(ctx), in.target(nil))
	return answerChange(in.ID, status, err)
}

func (s *Server) revokeNotice(ctx context.Context, in *ChangeInput) (*statusOutput, error) {
	status, err := s.app.Changes.RevokeNotice(ctx, employeeOf(ctx), in.target(nil))
	return answerChange(in.ID, status, err)
}

// EndRequest is the requested end of a collaboration.
type EndRequest struct {
	When collaboration.EndWhen `json:"when" enum:"now,end_of_term,on_date" doc:"Now, at the end of the current term without renewal, or on a date."`
	On   collaboration.Date    `json:"on,omitzero" format:"date" doc:"The date, for on_date only: not in the past, at most two years ahead. The collaboration ends at the start of that day in Stockholm." example:"2027-03-15"`
}

type endInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) end(ctx context.Context, in *endInput) (*statusOutput, error) {
	body, invalid, err := decodeBody[EndRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	status, err := s.app.Changes.End(ctx, employeeOf(ctx), in.target(invalid), message.End(body))
	return answerChange(in.ID, status, err)
}

// ChangeRequest changes the fields that it contains; the others keep their values.
type ChangeRequest struct {
	TaskID           string                         `json:"task_id,omitempty" example:"t-1003-2" doc:"Another open task of the same customer."`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty" enum:"office,customer" doc:"The invoice recipient. In a running collaboration only managers may change it."`
	Period           *collaboration.Period          `json:"period,omitempty" doc:"The start of the agreement. Allowed while the invitation is pending."`
	AgreementMonths  int                            `json:"agreement_months,omitempty" enum:"3,12" doc:"The agreement period. Allowed while the invitation is pending, if the form has the field. In a running collaboration only managers may change it, from the next renewal on."`
	RemindersPaused  *bool                          `json:"reminders_paused,omitempty" doc:"Whether reminders of a pending invitation are paused."`
}

type patchInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) changeActivation(ctx context.Context, in *patchInput) (*statusOutput, error) {
	body, invalid, err := decodeBody[ChangeRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	terms := collaboration.Change{
		TaskID: body.TaskID, InvoiceRecipient: body.InvoiceRecipient, Period: body.Period,
		AgreementMonths: body.AgreementMonths, RemindersPaused: body.RemindersPaused,
	}
	status, err := s.app.Changes.ChangeTerms(ctx, employeeOf(ctx), in.target(invalid), terms)
	return answerChange(in.ID, status, err)
}

// CorrectRequest corrects the e-mail address of the invitation's recipient.
type CorrectRequest struct {
	Email string `json:"email" example:"asa@oberg.example" doc:"The correct address. A new invitation is sent there and supersedes older links."`
}

type correctInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) correct(ctx context.Context, in *correctInput) (*statusOutput, error) {
	body, invalid, err := decodeBody[CorrectRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	status, err := s.app.Changes.Correct(ctx, employeeOf(ctx), in.target(invalid), body.Email)
	return answerChange(in.ID, status, err)
}

// AdministratorRequest names one of the customer's administrators.
type AdministratorRequest struct {
	AdministratorID string `json:"administrator_id" example:"a-1003-2" doc:"An administrator of the same customer."`
}

type forwardInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) forward(ctx context.Context, in *forwardInput) (*statusOutput, error) {
	body, invalid, err := decodeBody[AdministratorRequest](s, in.RawBody)
	if err != nil {
		return nil, err
	}
	status, err := s.app.Changes.Forward(ctx, employeeOf(ctx), in.target(invalid), body.AdministratorID)
	return answerChange(in.ID, status, err)
}
