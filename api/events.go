package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"countersign/api/request"
	"countersign/api/sse"
	"countersign/collaboration"
	"countersign/internal/app"
)

type eventsInput struct {
	ActivationInput
	LastEventID string `header:"Last-Event-ID" doc:"The last received id; the stream continues after it." example:"3"`
}

// followEvents streams an activation's events.
func (s *Server) followEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	r, err := s.app.Activations.Find(ctx, employeeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	release, err := s.streams.Admit()
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer release()
		st := s.streams.Open(humagin.Unwrap(hc).Writer)
		f := &stepFollower{Stream: st, s: s, id: r.ID, office: employeeOf(ctx).OfficeID, after: after, locale: request.Locale(ctx), state: collaboration.Activating, stale: true}
		outcome := st.Run(ctx, f.look)
		_ = st.Send("end", "", fmt.Sprintf(`{"state":%q,"settled":%t}`, f.state, outcome == sse.Complete))
	}}, nil
}

func (in eventsInput) after() (int, error) {
	if in.LastEventID == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(in.LastEventID)
	if err != nil || n < 0 {
		return 0, &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
			{Field: "Last-Event-ID", Code: collaboration.CodeInvalidFormat}}}
	}
	return n, nil
}

// stepFollower streams the events of one activation.
type stepFollower struct {
	*sse.Stream
	s      *Server
	id     collaboration.ActivationID
	office string
	after  int
	locale collaboration.Locale

	state collaboration.State // the last known state
	stale bool                // whether to read the state again
}

// look sends the new events. The stream is over when the activation is no longer
// pending.
func (f *stepFollower) look(ctx context.Context) (news, over bool, err error) {
	steps, err := f.steps(ctx)
	f.stale = steps > 0 || err != nil
	return steps > 0, err == nil && !f.state.IsPending(), err
}

// steps sends the new events and counts them. It reads the state before the events: one
// transaction stores a state and its event, so the final event is always sent.
func (f *stepFollower) steps(ctx context.Context) (n int, err error) {
	if f.stale {
		r, err := f.s.app.Activations.Stored(ctx, f.id)
		switch {
		case collaboration.CodeOf(err) == collaboration.CodeActivationNotFound:
			return 0, f.lookAtEngine(ctx)
		case err != nil:
			return 0, err
		case r.OfficeID != f.office:
			return 0, collaboration.Errorf(collaboration.CodeInternal, "the activation is another office's")
		}
		f.state = r.State
	}
	events, err := f.s.app.Activations.Events(ctx, f.id, f.after)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		data, err := json.Marshal(viewEvent(e, f.locale))
		if err != nil {
			return 0, err
		}
		if err := f.Send("step", strconv.Itoa(e.Sequence), string(data)); err != nil {
			return 0, err
		}
		f.after = e.Sequence
	}
	return len(events), nil
}

// lookAtEngine reads from Temporal the state of an activation that is not stored yet.
// It returns an error, so that the stream polls again, until the activation is over.
// After that steps reads the database once more, because the last event may be stored
// a moment after the workflow closes.
func (f *stepFollower) lookAtEngine(ctx context.Context) error {
	if !f.state.IsPending() {
		return nil
	}
	standing, err := f.s.app.Activations.Status(ctx, f.id)
	if err != nil {
		return err
	}
	f.state = cmp.Or(standing.State, f.state)
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: app.ErrNotYetStored}
}
