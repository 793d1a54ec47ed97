package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"countersign/collaboration"
)

type listActivationsInput struct {
	PageQuery
	States     []string `query:"state,explode" doc:"Only these states; repeat it for several." enum:"activating,awaiting_approval,active,ended,declined,expired,withdrawn,failed"`
	CustomerID string   `query:"customer_id" doc:"Only this customer's."`
	SolutionID string   `query:"solution_id" doc:"Only of this solution."`
	TaskID     string   `query:"task_id" doc:"Only on this task."`
	TaskOwner  string   `query:"task_owner_id" doc:"Only on tasks that this employee answers for."`
	Sender     string   `query:"requested_by" doc:"Only what this employee sent."`
	EndsBefore string   `query:"ends_before" format:"date" doc:"Only running ones whose term ends before this day; they are listed by that day, what ends first first." example:"2027-01-01"`
}

func (s *Server) listActivations(ctx context.Context, in *listActivationsInput) (*bodyOf[ListView[ActivationView]], error) {
	filter := collaboration.ActivationFilter{CustomerID: in.CustomerID, SolutionID: in.SolutionID, TaskID: in.TaskID,
		TaskOwnerID: in.TaskOwner, RequestedBy: in.Sender, Page: in.page()}
	if err := filter.EndsBefore.UnmarshalText([]byte(in.EndsBefore)); err != nil {
		return nil, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
			{Field: "ends_before", Code: collaboration.CodeInvalidFormat}}}
	}
	for _, state := range in.States {
		filter.States = append(filter.States, collaboration.State(state))
	}
	ctx, cancel := s.reading(ctx)
	defer cancel()
	records, next, err := s.Facts.Activations(ctx, employeeOf(ctx).OfficeID, filter)
	if err != nil {
		return nil, in.named(err)
	}
	view := func(r collaboration.Record) ActivationView { return s.viewActivation(r, localeOf(ctx)) }
	return &bodyOf[ListView[ActivationView]]{viewList(records, next, view)}, nil
}

// ActivationInput names an activation.
type ActivationInput struct {
	ID string `path:"id" doc:"The activation." example:"m4q8d2x7h3nv5c9tkw6b-p7r2f8y4j6d3s9xg"`
}

type getActivationInput struct {
	ActivationInput
	IfNoneMatch string `header:"If-None-Match" doc:"The ETag you have." example:"\"3\""`
}

type activationOutput struct {
	Status int
	ETag   string `header:"ETag" doc:"The version, in quotes."`
	Cache  string `header:"Cache-Control"`
	Body   ActivationView
}

func (s *Server) getActivation(ctx context.Context, in *getActivationInput) (*activationOutput, error) {
	r, err := s.ownRecord(ctx, in.ID)
	if errors.Is(err, errUnrecorded) {
		return viewUnrecorded(r), nil
	}
	if err != nil {
		return nil, err
	}
	out := &activationOutput{Status: http.StatusOK, ETag: etag(r.Version), Cache: "private, no-cache"}
	if matches(in.IfNoneMatch, out.ETag) {
		out.Status = http.StatusNotModified
		return out, nil
	}
	events, err := s.events(ctx, r.ID, 0)
	if err != nil {
		return nil, err
	}
	out.Body = s.viewActivation(r, localeOf(ctx))
	if r.State == collaboration.Active {
		out.Body.Access, err = read(ctx, s.ReadTimeout, func(ctx context.Context) ([]string, error) { return s.Facts.Access(ctx, r.ID) })
		if err != nil {
			return nil, err
		}
	}
	for _, e := range events {
		out.Body.Events = append(out.Body.Events, viewEvent(e, localeOf(ctx)))
		out.Body.AuditHead = e.Hash
	}
	return out, nil
}

// errUnrecorded is an activation that the engine has and the facts do not have
// yet.
var errUnrecorded = errors.New("nothing is recorded yet")

// ownRecord is an activation of the employee's own office; another office's
// does not exist. With errUnrecorded only the id and the state are known.
func (s *Server) ownRecord(ctx context.Context, id string) (collaboration.Record, error) {
	activation, err := collaboration.ParseActivationID(id)
	if err != nil {
		return collaboration.Record{}, err
	}
	r, err := s.record(ctx, activation)
	if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
		standing, standingErr := s.standing(ctx, activation)
		// While the engine was asked it may have been recorded, and even be over.
		r, err = s.record(ctx, activation)
		if collaboration.CodeOf(err) == collaboration.CodeActivationNotFound {
			return unrecorded(activation, standing, standingErr)
		}
	}
	if err != nil {
		return collaboration.Record{}, err
	}
	if r.OfficeID != employeeOf(ctx).OfficeID {
		return collaboration.Record{}, &collaboration.Error{Code: collaboration.CodeActivationNotFound}
	}
	return r, nil
}

func unrecorded(id collaboration.ActivationID, standing collaboration.Standing, err error) (collaboration.Record, error) {
	if err != nil {
		return collaboration.Record{}, err
	}
	r := collaboration.Record{ID: id, State: cmp.Or(standing.State, collaboration.Activating)}
	return r, &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: errUnrecorded}
}

func (s *Server) standing(ctx context.Context, id collaboration.ActivationID) (collaboration.Standing, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.Standing, error) { return s.Starter.Standing(ctx, id) })
}

// viewUnrecorded tells nothing but the state: whose it is is not known yet.
func viewUnrecorded(r collaboration.Record) *activationOutput {
	body := ActivationView{ID: r.ID, State: r.State, Links: linksOf(r.ID)}
	return &activationOutput{Status: http.StatusOK, Cache: "private, no-cache", Body: body}
}

func (s *Server) events(ctx context.Context, id collaboration.ActivationID, after int) ([]collaboration.Event, error) {
	return read(ctx, s.ReadTimeout, func(ctx context.Context) ([]collaboration.Event, error) { return s.Facts.Events(ctx, id, after) })
}

func etag(version int) string { return fmt.Sprintf("%q", fmt.Sprint(version)) }

// matches reports whether an If-Match or If-None-Match names the tag.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if c := strings.TrimPrefix(strings.TrimSpace(candidate), "W/"); c == tag || c == "*" {
			return true
		}
	}
	return false
}
