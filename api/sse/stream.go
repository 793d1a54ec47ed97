package sse

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"countersign/api/request"
	"countersign/collaboration"
)

const (
	// maxDuration ends a stream so that the client authenticates again when it
	// reconnects.
	maxDuration  = 30 * time.Minute
	writeTimeout = 10 * time.Second
	// A stream without news for idleAfter polls idleFactor times less often.
	idleAfter  = 15 * time.Second
	idleFactor = 8
)

// Stream is the event stream of one client.
type Stream struct {
	config    Config
	w         http.ResponseWriter
	control   *http.ResponseController
	lastNews  time.Time
	lastWrite time.Time
}

// Outcome is the reason why a stream ended.
type Outcome int

// The outcomes of a stream.
const (
	Disconnected Outcome = iota // the client may reconnect and continue
	Complete                    // there are no further events
	Failed                      // polling again cannot succeed
)

// Poll sends the events since the previous call. It reports whether it sent any
// and whether there will be no more.
type Poll func(context.Context) (news, done bool, err error)

// Run polls until poll reports done or fails permanently, the client disconnects
// or the server shuts down.
func (st *Stream) Run(ctx context.Context, poll Poll) Outcome {
	ctx, cancel := context.WithTimeout(ctx, maxDuration)
	defer cancel()
	st.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	st.w.Header().Set("X-Accel-Buffering", "no") // disables buffering in proxies
	_ = st.control.SetReadDeadline(time.Time{})  // the server's read timeout would end the request
	if st.write(":\n\n") != nil {
		return Disconnected
	}
	for {
		news, done, err := poll(ctx)
		if news {
			st.lastNews = time.Now()
		}
		switch {
		case done:
			return Complete
		case err != nil && ctx.Err() == nil && isPermanent(err):
			request.From(ctx).Cause = err
			return Failed
		case !st.wait(ctx):
			return Disconnected
		}
	}
}

// Send writes one event. The id is left out if it is empty.
func (st *Stream) Send(event, id, data string) error {
	text := "event: " + event + "\n"
	if id != "" {
		text += "id: " + id + "\n"
	}
	return st.write(fmt.Sprintf("%sdata: %s\n\n", text, lineBreaks.Replace(data)))
}

// lineBreaks begins each line of an event's data. A carriage return ends a line too.
var lineBreaks = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

// Idle returns the time since the last event.
func (st *Stream) Idle() time.Duration { return time.Since(st.lastNews) }

// isPermanent reports whether polling again cannot succeed.
func isPermanent(err error) bool {
	code := collaboration.CodeOf(err)
	return code == collaboration.CodeInternal || code.IsRejection()
}

// wait blocks until the next poll. It returns false if the stream must end.
func (st *Stream) wait(ctx context.Context) bool {
	pause := st.config.Poll
	if st.Idle() > idleAfter {
		pause *= idleFactor
	}
	select {
	case <-ctx.Done():
		return false
	case <-st.config.Draining:
		return false
	case <-time.After(pause):
	}
	if time.Since(st.lastWrite) > st.config.Heartbeat {
		return st.write(": still here\n\n") == nil
	}
	return true
}

func (st *Stream) write(text string) error {
	_ = st.control.SetWriteDeadline(time.Now().Add(writeTimeout))
	if _, err := io.WriteString(st.w, text); err != nil {
		return err
	}
	st.lastWrite = time.Now()
	return st.control.Flush()
}
