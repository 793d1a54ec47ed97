package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"countersign/collaboration"
)

// A stream ends now and then, so that the token is looked at again; the
// client connects anew by itself.
const (
	longestStream = 30 * time.Minute
	writeWithin   = 10 * time.Second
	// After a while without news, looking less often is enough.
	settles  = 15 * time.Second
	slowdown = 8
)

// stream is one client that follows one activation.
type stream struct {
	s         *Server
	w         http.ResponseWriter
	control   *http.ResponseController
	lastNews  time.Time
	lastWrite time.Time
}

// streamEnd is why a stream ended.
type streamEnd int

const (
	interrupted streamEnd = iota // the client may come back for the rest
	settled                      // there is no more
	hopeless                     // looking again would not help
)

// admitStream refuses one stream too many. What it returns gives the place
// back.
func (s *Server) admitStream() (leave func(), err error) {
	leave = func() { s.streams.Add(-1) }
	if s.streams.Add(1) > int64(s.MaxStreams) {
		leave()
		return nil, &collaboration.Error{Code: collaboration.CodeRateLimited, RetryAfter: 5 * time.Second}
	}
	return leave, nil
}

func (s *Server) newStream(w http.ResponseWriter) *stream {
	return &stream{s: s, w: w, control: http.NewResponseController(w), lastNews: time.Now()}
}

// run looks again and again, until there is no more to write. What look writes
// is news.
func (st *stream) run(ctx context.Context, look func(context.Context) (news, over bool, err error)) streamEnd {
	ctx, cancel := context.WithTimeout(ctx, longestStream)
	defer cancel()
	st.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	st.w.Header().Set("X-Accel-Buffering", "no") // proxies must not hold it back
	_ = st.control.SetReadDeadline(time.Time{})  // the server's would end the request
	if st.write(":\n\n") != nil {
		return interrupted
	}
	for {
		news, over, err := look(ctx)
		if news {
			st.lastNews = time.Now()
		}
		switch {
		case over:
			return settled
		case err != nil && ctx.Err() == nil && isHopeless(err):
			requestOf(ctx).cause = err
			return hopeless
		case !st.wait(ctx):
			return interrupted
		}
	}
}

// isHopeless is an error that does not pass by looking again.
func isHopeless(err error) bool {
	code := collaboration.CodeOf(err)
	return code == collaboration.CodeInternal || code == collaboration.CodeActivationNotFound
}

// wait is true when it is time to look again.
func (st *stream) wait(ctx context.Context) bool {
	pause := st.s.Poll
	if time.Since(st.lastNews) > settles {
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

func (st *stream) write(text string) error {
	_ = st.control.SetWriteDeadline(time.Now().Add(writeWithin))
	if _, err := io.WriteString(st.w, text); err != nil {
		return err
	}
	st.lastWrite = time.Now()
	return st.control.Flush()
}
