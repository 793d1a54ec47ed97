package cli

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
	"os"
	"strings"
	"time"

	"countersign/api"
)

// apiClient calls the HTTP API: the command line can do what the API lets its
// caller do, and nothing else.
type apiClient struct {
	base, token, language string
	http                  *http.Client
}

const defaultURL = "http://localhost:8080"

// How long an answer may take. The API writes a file for 45 s at most.
const (
	answerWithin = 30 * time.Second
	importWithin = 60 * time.Second
)

func newAPIClient() *apiClient {
	c := &apiClient{
		base: strings.TrimRight(os.Getenv("COUNTERSIGN_URL"), "/"), token: os.Getenv("COUNTERSIGN_TOKEN"),
		language: "en", http: &http.Client{},
	}
	if c.base == "" {
		c.base = defaultURL
	}
	if strings.HasPrefix(os.Getenv("LANG"), "sv") {
		c.language = "sv"
	}
	return c
}

// call is one request to the API.
type call struct {
	method, path string
	query        url.Values
	body         any       // sent as JSON
	file         io.Reader // sent as CSV
}

// do decodes the answer into out, and keeps it as it came for --json.
func (c *apiClient) do(ctx context.Context, in call, out any) (raw []byte, err error) {
	within := answerWithin
	if in.file != nil {
		within = importWithin
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	request, err := c.request(ctx, in)
	if err != nil {
		return nil, err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be reached: %w", c.base, errors.Unwrap(err))
	}
	defer response.Body.Close()
	raw, err = io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/problem+json") {
		p := &api.Problem{}
		if err := c.decode(raw, p); err != nil {
			return nil, err
		}
		return nil, &problem{p, raw}
	}
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s answered %s", c.base, response.Status)
	}
	if out == nil {
		return raw, nil
	}
	return raw, c.decode(raw, out)
}

func (c *apiClient) decode(raw []byte, out any) error {
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("%s is not this API: %w", c.base, err)
	}
	return nil
}

func (c *apiClient) request(ctx context.Context, in call) (*http.Request, error) {
	body, contentType := in.file, "text/csv"
	if in.body != nil {
		encoded, err := json.Marshal(in.body)
		if err != nil {
			return nil, err
		}
		body, contentType = bytes.NewReader(encoded), "application/json"
	}
	address := c.base + in.path
	if len(in.query) > 0 {
		address += "?" + in.query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, in.method, address, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept-Language", c.language)
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if in.method != http.MethodGet {
		request.Header.Set("Idempotency-Key", rand.Text())
	}
	return request, nil
}
