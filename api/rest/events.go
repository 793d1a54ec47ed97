package rest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"countersign/api/present"
	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/api/sse"
	"countersign/collaboration"
	"countersign/internal/app"
)

type eventsInput struct {
	ActivationInput
	LastEventID string `header:"Last-Event-ID" doc:"The last received id; the stream continues after it." example:"3"`
}

var opEvents = endpoint.Operation{ID: "follow-activation", Tag: tagActivations, Summary: "Follow an activation",
	Text:   "Server-sent events: one `step` per stored event, from the first event or from the one after `Last-Event-ID`. An `end` follows when the activation is no longer pending. After an `end` with `settled: false`, reconnect.",
	Stream: true, Example: eventsExample,
	Codes: []collaboration.Code{collaboration.CodeActivationNotFound, collaboration.CodeInvalidRequest}}

// followEvents streams an activation's events.
func (h activations) followEvents(ctx context.Context, in *eventsInput) (*huma.StreamResponse, error) {
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	r, err := h.app.Activations.Find(ctx, request.Employee(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	release, err := h.streams.Admit(ctx)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer release()
		st := h.streams.Open(humagin.Unwrap(hc).Writer)
		f := &stepFollower{Stream: st, h: h, id: r.ID, token: hc.Header("Authorization"), office: request.Employee(ctx).OfficeID, after: after, locale: request.Locale(ctx), state: collaboration.Activating, stale: true}
		outcome := st.Run(ctx, f.poll)
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
	h      activations
	id     collaboration.ActivationID
	token  string // the Authorization header
	office string
	after  int
	locale collaboration.Locale

	state collaboration.State // the last known state
	stale bool                // whether to read the state again
}

// poll sends the new events. The stream is over when the activation is no longer
// pending.
func (f *stepFollower) poll(ctx context.Context) (news, over bool, err error) {
	if err := f.recheck(ctx); err != nil {
		return false, false, err
	}
	steps, err := f.steps(ctx)
	f.stale = steps > 0 || err != nil
	return steps > 0, err == nil && !f.state.IsPending(), err
}

// recheck checks the token and the rights again: an expired token or a removed right ends
// the stream.
func (f *stepFollower) recheck(ctx context.Context) error {
	person, err := f.h.bearer.Authenticate(ctx, f.token)
	if err != nil {
		return err
	}
	if err := request.AccessEmployee.Authorize(&person, http.MethodGet); err != nil {
		return err
	}
	if person.Employee.OfficeID != f.office {
		return &collaboration.Error{Code: collaboration.CodeForbidden}
	}
	return nil
}

// steps sends the new events and counts them. It reads the state before the events: one
// transaction stores a state and its event, so the final event is always sent.
func (f *stepFollower) steps(ctx context.Context) (n int, err error) {
	if f.stale {
		r, err := f.h.app.Activations.Stored(ctx, f.id)
		switch {
		case collaboration.CodeOf(err) == collaboration.CodeActivationNotFound:
			return 0, f.readTemporal(ctx)
		case err != nil:
			return 0, err
		case r.OfficeID != f.office:
			return 0, collaboration.Errorf(collaboration.CodeInternal, "the activation is another office's")
		}
		f.state = r.State
	}
	events, err := f.h.app.Activations.Events(ctx, f.id, f.after)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		data, err := json.Marshal(present.NewEvent(e, f.locale))
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

// readTemporal reads from Temporal the state of an activation that is not stored yet.
// It returns an error, so that the stream polls again, until the activation is over.
// After that steps reads the database once more, because the last event may be stored
// a moment after the workflow closes.
func (f *stepFollower) readTemporal(ctx context.Context) error {
	if !f.state.IsPending() {
		return nil
	}
	status, err := f.h.app.Activations.Status(ctx, f.id)
	if err != nil {
		return err
	}
	f.state = cmp.Or(status.State, f.state)
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: app.ErrNotYetStored}
}
