package api

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"countersign/collaboration"
)

// changeBody reads the body of a change, and names it for its Idempotency-Key.
func changeBody[T any](s *Server, raw []byte, what string, check func(T) []collaboration.FieldError) (body T, name string, err error) {
	wrong, err := shapeOf[T](s).decode(raw, &body)
	if err != nil {
		return body, "", err
	}
	if wrong = mergeFields(wrong, check(body)); len(wrong) > 0 {
		return body, "", &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong}
	}
	name, err = nameOf(what, body)
	return body, name, err
}

func nameOf(what string, body any) (string, error) {
	canonical, err := json.Marshal(body)
	return what + " " + string(canonical), err
}

func required(field, value string) []collaboration.FieldError {
	if value != "" {
		return nil
	}
	return []collaboration.FieldError{{Field: field, Code: collaboration.CodeRequired}}
}

// ChangeRequest changes what is sent along, and leaves the rest as it is.
type ChangeRequest struct {
	TaskID           string                         `json:"task_id,omitempty" example:"t-1003-2" doc:"Another open task of the same customer."`
	InvoiceRecipient collaboration.InvoiceRecipient `json:"invoice_recipient,omitempty" enum:"office,customer" doc:"Who pays. Of a running collaboration, managers only."`
	Period           *collaboration.Period          `json:"period,omitempty" doc:"When the agreement starts; while the invitation is pending."`
	AgreementMonths  int                            `json:"agreement_months,omitempty" enum:"3,12" doc:"While the invitation is pending, where the form asks. Of a running collaboration from the next renewal on, managers only."`
	RemindersPaused  *bool                          `json:"reminders_paused,omitempty" doc:"Whether reminders of a pending invitation are paused."`
}

type patchInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) changeActivation(ctx context.Context, in *patchInput) (*standingOutput, error) {
	var body ChangeRequest
	misshapen, err := shapeOf[ChangeRequest](s).decode(in.RawBody, &body)
	if err != nil {
		return nil, err
	}
	wanted := collaboration.Change{
		TaskID: body.TaskID, InvoiceRecipient: body.InvoiceRecipient, Period: body.Period,
		AgreementMonths: body.AgreementMonths, RemindersPaused: body.RemindersPaused,
	}
	if err := withShape(s.checkChange(ctx, in.ID, wanted), misshapen); err != nil {
		return nil, err
	}
	name, err := nameOf("change", body)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, &in.ChangeInput, change{name: name, tooLate: collaboration.CodeNotPending, mailsTo: theInvited,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			wanted.ID, wanted.Activation, wanted.By, wanted.At = messageID, id, employeeOf(ctx).ID, s.Now().UTC()
			return s.Starter.Change(ctx, wanted)
		}})
}

// checkChange judges a change by the facts, never by a cached customer. What is
// over is left to the change itself, which says how it ended.
func (s *Server) checkChange(ctx context.Context, id string, c collaboration.Change) error {
	r, err := s.ownRecord(ctx, id)
	if err != nil || !r.State.Live() {
		if errors.Is(err, errUnrecorded) && !r.State.Live() {
			return nil
		}
		return err
	}
	customer, err := s.customerFrom(ctx, s.Facts, r.OfficeID, r.CustomerID)
	if err != nil {
		return err
	}
	taskOwner, err := s.taskOwner(ctx, customer, c.TaskID)
	if err != nil {
		return err
	}
	solution, ok := s.Catalogue.Solution(r.SolutionID)
	if !ok {
		return collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", r.SolutionID)
	}
	if err := c.Check(r, customer, solution, taskOwner, collaboration.DateOf(s.Now())); err != nil {
		return err
	}
	if !employeeOf(ctx).MayChange(c, r) {
		return &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	return nil
}

// CorrectRequest corrects the address of the person who was invited.
type CorrectRequest struct {
	Email string `json:"email" example:"asa@oberg.example" doc:"The right address. A new invitation goes there; links in older ones stop working."`
}

type correctInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) correct(ctx context.Context, in *correctInput) (*standingOutput, error) {
	body, name, err := changeBody(s, in.RawBody, "correct", func(r CorrectRequest) []collaboration.FieldError {
		if wrong := required("email", r.Email); wrong != nil || collaboration.ValidEmail(r.Email) {
			return wrong
		}
		return []collaboration.FieldError{{Field: "email", Code: collaboration.CodeInvalidFormat}}
	})
	if err != nil {
		return nil, err
	}
	return s.change(ctx, &in.ChangeInput, change{name: name, tooLate: collaboration.CodeNotPending,
		mailsTo: func(collaboration.Record) string { return body.Email },
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.Correct(ctx, collaboration.Correction{ID: messageID, Activation: id, Email: body.Email, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}})
}

// AdministratorRequest names one of the customer's administrators.
type AdministratorRequest struct {
	AdministratorID string `json:"administrator_id" example:"a-1003-2" doc:"An administrator of the same customer."`
}

func (r AdministratorRequest) check() []collaboration.FieldError {
	return required("administrator_id", r.AdministratorID)
}

func (s *Server) forward(ctx context.Context, in *forwardInput) (*standingOutput, error) {
	body, name, err := changeBody(s, in.RawBody, "forward", AdministratorRequest.check)
	if err != nil {
		return nil, err
	}
	r, err := s.ownRecord(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	next, err := s.administrator(ctx, r, body.AdministratorID)
	if err != nil {
		return nil, err
	}
	return s.change(ctx, &in.ChangeInput, change{name: name, tooLate: collaboration.CodeNotPending,
		mailsTo: func(collaboration.Record) string { return next.Email },
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.Forward(ctx, collaboration.Forwarding{ID: messageID, Activation: id, Administrator: body.AdministratorID, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}})
}

type forwardInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

// administrator is one of the customer's.
func (s *Server) administrator(ctx context.Context, r collaboration.Record, id string) (collaboration.Administrator, error) {
	customer, err := s.customerFrom(ctx, s.Facts, r.OfficeID, r.CustomerID)
	if err != nil {
		return collaboration.Administrator{}, err
	}
	if i := slices.IndexFunc(customer.Administrators, func(a collaboration.Administrator) bool { return a.ID == id }); i >= 0 {
		return customer.Administrators[i], nil
	}
	return collaboration.Administrator{}, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
		{Field: "administrator_id", Code: collaboration.CodeAdministratorNotFound}}}
}

func (s *Server) takeBack(ctx context.Context, in *ChangeInput) (*standingOutput, error) {
	return s.change(ctx, in, change{name: "take back", tooLate: collaboration.CodeNotActive, mailsTo: theInvited,
		send: func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
			return s.Starter.TakeBack(ctx, collaboration.TakingBack{ID: messageID, Activation: id, By: employeeOf(ctx).ID, At: s.Now().UTC()})
		}})
}

type mainContactInput struct {
	CustomerInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) nameMainContact(ctx context.Context, in *mainContactInput) (*bodyOf[CustomerView], error) {
	body, _, err := changeBody(s, in.RawBody, "", AdministratorRequest.check)
	if err != nil {
		return nil, err
	}
	office := employeeOf(ctx).OfficeID
	_, err = read(ctx, s.ReadTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.Facts.NameMainContact(ctx, office, in.ID, body.AdministratorID)
	})
	if collaboration.CodeOf(err) == collaboration.CodeAdministratorNotFound {
		err = &collaboration.Error{Code: collaboration.CodeInvalidRequest, Cause: err, Fields: []collaboration.FieldError{
			{Field: "administrator_id", Code: collaboration.CodeAdministratorNotFound}}}
	}
	if err != nil {
		return nil, err
	}
	customer, err := s.customerFrom(ctx, s.Facts, office, in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CustomerView]{viewCustomer(customer)}, nil
}
