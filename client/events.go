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

// reconnectAfter is how long a follower waits where a stream has ended early.
const reconnectAfter = time.Second

// Follow yields the steps of an activation as they are recorded, from the first
// one on, until the customer's answer or anything else has settled it. A stream
// that breaks is taken up where it was left. An error is the last that it
// yields.
func (c *Client) Follow(ctx context.Context, id string, options ...Option) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		f := &follower{client: c, yield: yield, in: call{method: http.MethodGet, path: path("/v1/activations/%s/events", id), header: http.Header{}}}
		for _, option := range options {
			option(&f.in)
		}
		for !f.over {
			err := f.read(ctx)
			if f.over {
				return
			}
			if f.hopeless(ctx, err) {
				yield(Event{}, err)
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(reconnectAfter):
			}
		}
	}
}

// follower reads one stream after the other.
type follower struct {
	client   *Client
	in       call
	yield    func(Event, error) bool
	over     bool
	failures int // in a row
}

// hopeless tells whether another stream would not help either: the API refuses
// it, it is left, or it has failed too often with nothing new between.
func (f *follower) hopeless(ctx context.Context, err error) bool {
	var refused *Error
	if err == nil {
		return false
	}
	f.failures++
	return errors.As(err, &refused) || ctx.Err() != nil || f.failures >= f.client.attempts()
}

// read reads one stream to its end. One that breaks off is an error.
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
				continue // a comment: still here
			}
			ended, err := f.take(name, id, data)
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

// take takes one message, and tells whether it ends the stream.
func (f *follower) take(name, id, data string) (ended bool, err error) {
	switch name {
	case "step":
		var step Event
		if err := f.client.decode([]byte(data), &step); err != nil {
			return true, err
		}
		f.in.header.Set("Last-Event-ID", id)
		f.failures = 0
		f.over = !f.yield(step, nil)
		return f.over, nil
	case "end":
		var end struct{ Settled bool }
		err := f.client.decode([]byte(data), &end)
		f.over, f.failures = end.Settled, 0
		return true, err
	}
	return false, nil
}
