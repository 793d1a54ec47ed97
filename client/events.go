package client

import (
	"bufio"
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"strings"
	"time"
)

// reconnectDelay is the wait before the next stream.
const reconnectDelay = time.Second

// Follow yields the events of an activation from the first one, and new events as they
// happen, until the invitation is answered or closed otherwise. It resumes an interrupted
// stream after the last event. An error is the last value that it yields.
func (c *Client) Follow(ctx context.Context, id string, options ...Option) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		f := &follower{client: c, yield: yield, in: call{method: http.MethodGet, path: path("/v1/activations/%s/events", id), header: http.Header{}}}
		for _, option := range options {
			option(&f.in)
		}
		for !f.finished {
			err := f.read(ctx)
			if f.finished {
				return
			}
			if f.shouldGiveUp(ctx, err) {
				yield(Event{}, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(reconnectDelay):
			}
		}
	}
}

// follower reads the streams of one activation.
type follower struct {
	client   *Client
	in       call
	yield    func(Event, error) bool
	finished bool
	failures int // consecutive
}

// shouldGiveUp reports whether to stop reconnecting: the API returned an error, the caller's
// context ended, or too many streams in a row failed without a new event.
func (f *follower) shouldGiveUp(ctx context.Context, err error) bool {
	var refused *Error
	if err == nil {
		return false
	}
	f.failures++
	return errors.As(err, &refused) || ctx.Err() != nil || f.failures >= f.client.attempts()
}

// read reads one stream. A stream without its last message is an error.
func (f *follower) read(ctx context.Context) error {
	response, err := f.client.open(ctx, f.in)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var name, id, data string
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ": ")
		switch field {
		case "event":
			name = value
		case "id":
			id = value
		case "data":
			data = value
		case "":
			if lines.Text() != "" {
				continue // a keep-alive comment
			}
			ended, err := f.handle(name, id, data)
			if ended || err != nil {
				return err
			}
			name, id, data = "", "", ""
		}
	}
	if lines.Err() != nil {
		return lines.Err()
	}
	return io.ErrUnexpectedEOF
}

// handle processes a message and reports whether it ends the stream.
func (f *follower) handle(name, id, data string) (ended bool, err error) {
	switch name {
	case "step":
		var step Event
		if err := f.client.decode([]byte(data), &step); err != nil {
			return true, err
		}
		f.in.header.Set("Last-Event-ID", id)
		f.failures = 0
		f.finished = !f.yield(step, nil)
		return f.finished, nil
	case "end":
		var end struct{ Settled bool }
		err := f.client.decode([]byte(data), &end)
		f.finished, f.failures = end.Settled, 0
		return true, err
	}
	return false, nil
}
