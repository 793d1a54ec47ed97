package platform

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/provisioning"
	"countersign/internal/telemetry"
)

// Client calls a platform over HTTP. It is safe for concurrent use.
type Client struct {
	base, token string
	http        *http.Client
}

const (
	timeout         = 10 * time.Second
	maxResponseSize = 1 << 20
)

// NewClient returns a client for the platform at a base URL. The token may be empty.
func NewClient(base, token string) *Client {
	return &Client{strings.TrimRight(base, "/"), token, &http.Client{
		Timeout: timeout,
		// A redirect would send the token to another host, and a POST as a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Activate gives a customer a solution or an administrator.
func (c *Client) Activate(ctx context.Context, a provisioning.Activation) error {
	return c.post(ctx, "activate", a.Key, a, nil)
}

// Grant gives access to exactly these employees.
func (c *Client) Grant(ctx context.Context, g provisioning.Grant) error {
	return c.post(ctx, "grant", g.Key, g, nil)
}

// Revoke removes what the activation created.
func (c *Client) Revoke(ctx context.Context, r provisioning.Revocation) error {
	return c.post(ctx, "revoke", r.Key, r, nil)
}

// End ends the shared use of the solution.
func (c *Client) End(ctx context.Context, e provisioning.End) error {
	return c.post(ctx, "end", e.Key, e, nil)
}

// Status returns whether and how a customer uses a solution.
func (c *Client) Status(ctx context.Context, s provisioning.Subject) (status provisioning.Status, err error) {
	query := url.Values{"activation": {string(s.Activation)}, "customer_id": {s.CustomerID}, "solution_id": {s.SolutionID}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/status?"+query.Encode(), nil)
	if err != nil {
		return status, misconfigured()
	}
	return status, c.do(request, &status)
}

// Check requests the status of a customer that does not exist.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.Status(ctx, provisioning.Subject{Activation: "check", CustomerID: "check", SolutionID: "check"})
	return err
}

func (c *Client) post(ctx context.Context, operation, key string, body, result any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return collaboration.Errorf(collaboration.CodeInternal, "platform: %w", err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/"+operation, bytes.NewReader(encoded))
	if err != nil {
		return misconfigured()
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", key)
	return c.do(request, result)
}

func misconfigured() error {
	return collaboration.Errorf(collaboration.CodePlatformUnavailable, "platform: the address is not a valid URL")
}

func (c *Client) do(request *http.Request, result any) (err error) {
	ctx, done := telemetry.Call(request.Context(), "call platform")
	defer func() { done(err) }()
	request = request.WithContext(ctx)
	telemetry.InjectTrace(ctx, request.Header)
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		var outer *url.Error
		if errors.As(err, &outer) {
			err = outer.Err // without the URL: its query names a customer
		}
		return collaboration.Errorf(collaboration.CodePlatformUnavailable, "platform: %w", err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxResponseSize))
	if err != nil {
		return collaboration.Errorf(collaboration.CodePlatformUnavailable, "platform: %w", err)
	}
	if err := statusError(response); err != nil {
		return err
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(body, result); err != nil {
		return collaboration.Errorf(collaboration.CodePlatformUnavailable, "platform: invalid response body")
	}
	return nil
}

// statusError returns the error of a status other than 2xx. It does not contain the
// response body, which may have personal data.
func statusError(r *http.Response) error {
	switch status := r.StatusCode; {
	case status/100 == 2:
		return nil
	case status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		seconds, _ := strconv.Atoi(r.Header.Get("Retry-After"))
		return &collaboration.Error{Code: collaboration.CodePlatformUnavailable, RetryAfter: time.Duration(min(max(seconds, 0), 3600)) * time.Second, Cause: fmt.Errorf("platform: status %d", status)}
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusRequestTimeout, status/100 != 4:
		return collaboration.Errorf(collaboration.CodePlatformUnavailable, "platform: status %d", status)
	default:
		return collaboration.Errorf(collaboration.CodePlatformRefused, "platform: status %d", status)
	}
}
