package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

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
	if s.streams.Add(1) > int64(s.MaxStreams) {
		s.streams.Add(-1)
		return nil, &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: 5 * time.Second}
	}
	return &huma.StreamResponse{Body: func(hc huma.Context) {
		defer s.streams.Add(-1)
		c := humagin.Unwrap(hc)
		st := &stream{s: s, w: c.Writer, control: http.NewResponseController(c.Writer), id: r.ID, office: employeeOf(ctx).OfficeID, after: after, locale: localeOf(ctx)}
		st.run(ctx)
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

// A stream ends now and then, so that the token is looked at again; the
// client connects anew by itself.
const (
	longestStream = 30 * time.Minute
	writeWithin   = 10 * time.Second
	// After a while without a step, looking less often is enough.
	settles  = 15 * time.Second
	slowdown = 8
)

// stream is one client that follows one activation.
type stream struct {
	s       *Server
	w       http.ResponseWriter
	control *http.ResponseController
	id      collaboration.ActivationID
	office  string
	after   int
	locale  collaboration.Locale

	state     collaboration.State // as far as known
	lastStep  time.Time
	lastWrite time.Time
}

func (st *stream) run(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, longestStream)
	defer cancel()
	st.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	st.w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold it back
	st.state, st.lastStep = collaboration.Activating, time.Now()
	_ = st.control.SetReadDeadline(time.Time{}) // the server's would end the request
	if st.write(":\n\n") != nil {
		return
	}
	for stale := true; ; {
		steps, err := st.look(ctx, stale)
		stale = steps > 0 || err != nil
		switch {
		case err == nil && !st.state.Pending():
			_ = st.end(true)
			return
		case err != nil && ctx.Err() == nil && hopeless(err):
			requestOf(ctx).cause = err
			_ = st.end(false)
			return
		}
		if !st.wait(ctx) {
			_ = st.end(false)
			return
		}
	}
}

// hopeless errors do not pass by looking again.
func hopeless(err error) bool {
	code := collaboration.CodeOf(err)
	return code == collaboration.CodeInternal || code == collaboration.CodeActivationNotFound
}

// look writes the steps that are new. The state is read before them: a state
// and its step are recorded together, so no step is missing when it is over.
func (st *stream) look(ctx context.Context, stale bool) (steps int, err error) {
	if stale {
		r, err := st.s.record(ctx, st.id)
		switch {
		case collaboration.CodeOf(err) == collaboration.CodeActivationNotFound:
			return 0, st.lookAtEngine(ctx)
		case err != nil:
			return 0, err
		case r.OfficeID != st.office:
			return 0, collaboration.Errorf(collaboration.CodeInternal, "the activation is another office's")
		}
		st.state = r.State
	}
	events, err := st.s.events(ctx, st.id, st.after)
	if err != nil {
		return 0, err
	}
	for _, e := range events {
		data, err := json.Marshal(viewEvent(e, st.locale))
		if err != nil {
			return 0, err
		}
		if err := st.write(fmt.Sprintf("event: step\nid: %d\ndata: %s\n\n", e.Sequence, data)); err != nil {
			return 0, err
		}
		st.after, st.lastStep = e.Sequence, time.Now()
	}
	return len(events), nil
}

// lookAtEngine follows an activation that only the engine has: an error, until the engine says that it is over. Its last step may be recorded a
// moment after that, so the facts are looked at once more.
func (st *stream) lookAtEngine(ctx context.Context) error {
	if !st.state.Pending() {
		return nil
	}
	standing, err := st.s.standing(ctx, st.id)
	if err != nil {
		return err
	}
	st.state = cmp.Or(standing.State, st.state)
	return &collaboration.Error{Code: collaboration.CodeUnavailable, Cause: errUnrecorded}
}

// wait is true when it is time to look again.
func (st *stream) wait(ctx context.Context) bool {
	pause := st.s.Poll
	if time.Since(st.lastStep) > settles {
		pause *= slowdown
	}
	select {
	case <-ctx.Done():
		return false
	case <-st.s.draining:
		return false
	case <-time.After(pause):
	}
	if time.Since(st.lastWrite) > st.s.Heartbeat {
		return st.write(": still here\n\n") == nil
	}
	return true
}

func (st *stream) end(settled bool) error {
	return st.write(fmt.Sprintf("event: end\ndata: {\"state\":%q,\"settled\":%t}\n\n", st.state, settled))
}

func (st *stream) write(text string) error {
	_ = st.control.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := io.WriteString(st.w, text); err != nil {
		return err
	}
	st.lastWrite = time.Now()
	return st.control.Flush()
}
