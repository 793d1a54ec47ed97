package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// call is a request to the API, with all its attempts.
type call struct {
	method, path string
	query        url.Values
	body         any       // sent as JSON
	file         io.Reader // CSV or an image
	idempotent   bool      // the API returns the first response to a repeat with the same key

	header http.Header
	raw    *[]byte
}

// canRetry reports whether a repeated request has no further effect.
func (in call) canRetry() bool { return in.idempotent || in.method == http.MethodGet }

func send[T any](ctx context.Context, c *Client, in call, options []Option) (*T, error) {
	raw, err := c.do(ctx, in, options)
	if err != nil {
		return nil, err
	}
	out := new(T)
	return out, c.decode(raw, out)
}

// do returns the body of a successful response.
func (c *Client) do(ctx context.Context, in call, options []Option) (raw []byte, err error) {
	in.header = http.Header{}
	if in.method != http.MethodGet {
		in.header.Set("Idempotency-Key", rand.Text())
	}
	for _, option := range options {
		option(&in)
	}
	response, err := c.open(ctx, in)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if raw, err = io.ReadAll(response.Body); err != nil {
		return nil, err
	}
	if in.raw != nil {
		*in.raw = raw
	}
	return raw, nil
}

// open sends the request, with retries. The caller closes the response's body.
func (c *Client) open(ctx context.Context, in call) (*http.Response, error) {
	content, err := in.content()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		response, err := c.sendOnce(ctx, in, content)
		var refused *Error
		if !errors.As(err, &refused) || !in.canRetry() || attempt >= c.attempts() || !refused.isTemporary(ctx) {
			return response, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(refused.RetryAfter):
		}
	}
}

// content returns the request's body, which every attempt sends.
func (in call) content() ([]byte, error) {
	switch {
	case in.body != nil:
		return json.Marshal(in.body)
	case in.file != nil:
		return io.ReadAll(in.file)
	}
	return nil, nil
}

// fileType returns the media type of a file: an image, or CSV.
func fileType(content []byte) string {
	if detected := http.DetectContentType(content); strings.HasPrefix(detected, "image/") {
		return detected
	}
	return "text/csv"
}

func (c *Client) sendOnce(ctx context.Context, in call, content []byte) (*http.Response, error) {
	request, err := c.request(ctx, in, content)
	if err != nil {
		return nil, err
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be reached: %w", c.base(), errors.Unwrap(err))
	}
	isProblem := strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json")
	if response.StatusCode/100 == 2 && !isProblem {
		return response, nil
	}
	defer response.Body.Close()
	if !isProblem {
		return nil, fmt.Errorf("%s returned %s", c.base(), response.Status)
	}
	return nil, c.problem(response)
}

func (c *Client) request(ctx context.Context, in call, content []byte) (*http.Request, error) {
	address := c.base() + in.path
	if len(in.query) > 0 {
		address += "?" + in.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, in.method, address, bytes.NewReader(content))
	if err != nil {
		return nil, err
	}
	request.Header = in.header.Clone()
	set := func(name, value string, when bool) {
		if when {
			request.Header.Set(name, value)
		}
	}
	set("Content-Type", "application/json", in.body != nil)
	set("Content-Type", fileType(content), in.file != nil)
	set("Authorization", "Bearer "+c.Token, c.Token != "")
	set("Accept-Language", c.Language, c.Language != "")
	return request, nil
}

func (c *Client) decode(raw []byte, out any) error {
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s is not this API: %w", c.base(), err)
	}
	return nil
}
