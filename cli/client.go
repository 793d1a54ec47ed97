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

func newAPIClient() *apiClient {
	c := &apiClient{
		base: strings.TrimRight(os.Getenv("COUNTERSIGN_URL"), "/"), token: os.Getenv("COUNTERSIGN_TOKEN"),
		language: "en", http: &http.Client{Timeout: 30 * time.Second},
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
		if err := json.Unmarshal(raw, p); err != nil {
			return nil, err
		}
		return nil, &problem{p, raw}
	}
	if response.StatusCode/100 != 2 {
		return nil, fmt.Errorf("%s answered %s", c.base, response.Status)
	}
	return raw, json.Unmarshal(raw, out)
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
	if in.method == http.MethodPost {
		request.Header.Set("Idempotency-Key", rand.Text())
	}
	return request, nil
}

// problem is the API's own words for what went wrong, for people to read.
type problem struct {
	*api.Problem
	raw []byte
}

func (p *problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", p.Title, p.Code)
	for _, f := range p.Errors {
		fmt.Fprintf(&b, "\n  %s: %s (%s)", f.Field, f.Message, f.Code)
	}
	for _, r := range p.Rows {
		fmt.Fprintf(&b, "\n  line %d, %s: %s (%s)", r.Line, r.Field, r.Message, r.Code)
	}
	if p.Activation != "" {
		fmt.Fprintf(&b, "\n  see: countersign status %s", p.Activation)
	}
	if p.Decision != nil {
		fmt.Fprintf(&b, "\n  answered %s: %s", local(p.Decision.At), p.Decision.Outcome)
	}
	if p.Status == http.StatusUnauthorized {
		b.WriteString("\n  set COUNTERSIGN_TOKEN to your token")
	}
	return b.String()
}
