package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"countersign/collaboration"
)

type eventsInput struct {
	ActivationInput
	LastEventID string `header:"Last-Event-ID" doc:"The last id you saw; the stream goes on after it." example:"3"`
}

// followEvents streams an activation's steps.
func (s *Server) followEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	r, err := s.ownRecord(ctx, in.ID)
	if err != nil && !errors.Is(err, errUnrecorded) {
		return nil, err
	}
	leave, err := s.admitStream()
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer leave()
		st := s.newStream(humagin.Unwrap(hc).Writer)
		f := &stepFollower{stream: st, id: r.ID, office: employeeOf(ctx).OfficeID, after: after, locale: localeOf(ctx), state: collaboration.Activating, stale: true}
		why := st.run(ctx, f.look)
		_ = st.write(fmt.Sprintf("event: end\ndata: {\"state\":%q,\"settled\":%t}\n\n", f.state, why == settled))
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

// stepFollower tells of an activation step by step.
type stepFollower struct {
	*stream
	id     collaboration.ActivationID
	office string
	after  int
	locale collaboration.Locale

	state collaboration.State // as far as known
	stale bool                // whether to look at the state again
}

// look writes the steps that are new. It is over once nobody is asked for
// anything any more.
func (f *stepFollower) look(ctx context.Context) (news, over bool, err error) {
	steps, err := f.steps(ctx)
	f.stale = steps > 0 || err != nil
	return steps > 0, err == nil && !f.state.Pending(), err
}

// steps writes them. The state is read before them: a state and its step are
// recorded together, so no step is missing when it is over.
func (f *stepFollower) steps(ctx context.Context) (n int, err error) {
	if f.stale {
		r, err := f.s.record(ctx, f.id)
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
	events, err := f.s.events(ctx, f.id, f.after)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		data, err := json.Marshal(viewEvent(e, f.locale))
		if err != nil {
			return 0, err
		}
		if err := f.write(fmt.Sprintf("event: step\nid: %d\ndata: %s\n\n", e.Sequence, data)); err != nil {
			return 0, err
		}
		f.after = e.Sequence
	}
	return len(events), nil
}

// lookAtEngine follows an activation that only the engine has: an error, until
// the engine says that it is over. Its last step may be recorded a moment after
// that, so the facts are looked at once more.
func (f *stepFollower) lookAtEngine(ctx context.Context) error {
	if !f.state.Pending() {
		return nil
	}
	standing, err := f.s.standing(ctx, f.id)
	if err != nil {
		return err
	}
	f.state = cmp.Or(standing.State, f.state)
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: errUnrecorded}
}
