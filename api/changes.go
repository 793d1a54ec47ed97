package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"countersign/collaboration"
)

// ChangeInput is what every change of an activation takes.
type ChangeInput struct {
	ActivationInput
	IdempotencyKey
	IfMatch string `header:"If-Match" doc:"Refuse where the activation is no longer at this ETag." example:"\"3\""`
}

// StandingView is where an activation stands after a change.
type StandingView struct {
	ID         collaboration.ActivationID `json:"id"`
	State      collaboration.State        `json:"state" enum:"activating,awaiting_approval,active,ended,declined,expired,withdrawn,failed"`
	Generation int                        `json:"generation" doc:"The invitation whose link works."`
	Agreement  *AgreementView             `json:"agreement,omitempty"`
	Links      ActivationLinks            `json:"links"`
}

type standingOutput = bodyOf[StandingView]

func viewStanding(id collaboration.ActivationID, s collaboration.Standing) StandingView {
	return StandingView{ID: id, State: s.State, Generation: s.Generation, Agreement: viewAgreement(s.Agreement), Links: linksOf(id)}
}

func (s *Server) withdraw(ctx context.Context, in *ChangeInput) (*standingOutput, error) {
	return s.change(ctx, in, "withdraw", func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
		return s.Starter.Withdraw(ctx, collaboration.Withdrawal{ID: messageID, Activation: id, By: employeeOf(ctx).ID, At: s.Now().UTC()})
	})
}

func (s *Server) resend(ctx context.Context, in *ChangeInput) (*standingOutput, error) {
	return s.change(ctx, in, "resend", func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
		return s.Starter.Resend(ctx, collaboration.Resend{ID: messageID, Activation: id, By: employeeOf(ctx).ID, At: s.Now().UTC()})
	})
}

// EndRequest says when a collaboration shall end.
type EndRequest struct {
	When collaboration.EndWhen `json:"when" enum:"now,end_of_term" doc:"Now, or when the current term ends, without renewing."`
}

type endInput struct {
	ChangeInput
	RawBody []byte `contentType:"application/json"`
}

func (s *Server) end(ctx context.Context, in *endInput) (*standingOutput, error) {
	if employeeOf(ctx).Role != collaboration.RoleManager {
		return nil, &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	var request EndRequest
	wrong, err := shapeOf[EndRequest](s).decode(in.RawBody, &request)
	if err != nil {
		return nil, err
	}
	if wrong = mergeFields(wrong, request.check()); len(wrong) > 0 {
		return nil, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: wrong}
	}
	return s.change(ctx, &in.ChangeInput, "end "+string(request.When), func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error) {
		return s.Starter.End(ctx, collaboration.Ending{ID: messageID, Activation: id, When: request.When, By: employeeOf(ctx).ID, At: s.Now().UTC()})
	})
}

func (r EndRequest) check() []collaboration.FieldError {
	switch r.When {
	case collaboration.EndNow, collaboration.EndOfTerm:
		return nil
	case "":
		return []collaboration.FieldError{{Field: "when", Code: collaboration.CodeRequired}}
	default:
		return []collaboration.FieldError{{Field: "when", Code: collaboration.CodeInvalidChoice}}
	}
}

type sendMessage func(ctx context.Context, messageID string, id collaboration.ActivationID) (collaboration.Standing, error)

// change sends one message about an activation of the employee's own office.
func (s *Server) change(ctx context.Context, in *ChangeInput, what string, send sendMessage) (*standingOutput, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	r, err := s.ownRecord(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if in.IfMatch != "" && !matches(in.IfMatch, etag(r.Version)) {
		return nil, &collaboration.Error{Code: collaboration.CodePreconditionFailed}
	}
	ctx, cancel := s.messaging(ctx)
	defer cancel()
	standing, err := send(ctx, in.messageID(what, r), r.ID)
	if err != nil {
		return nil, err
	}
	return &standingOutput{viewStanding(r.ID, standing)}, nil
}

// messageID is the same for a repeat with the same key, so that the workflow
// takes it once.
func (in *ChangeInput) messageID(what string, r collaboration.Record) string {
	if in.Key == "" {
		return rand.Text()
	}
	sum := sha256.Sum256([]byte(r.OfficeID + "\x00" + string(r.ID) + "\x00" + what + "\x00" + in.Key))
	return hex.EncodeToString(sum[:16])
}
