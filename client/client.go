package client

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// Client calls the API with a token. Only URL is required. A Client is safe for concurrent
// use.
type Client struct {
	URL      string       // such as https://countersign.example
	Token    string       // an access token of the OpenID provider, or a token in the api's settings
	Language string       // language of texts: sv or en
	HTTP     *http.Client // nil: http.DefaultClient

	// Attempts is the maximum number of attempts; 0 means 3, 1 means no retries. The client
	// retries only idempotent requests, and only after a response with Retry-After.
	Attempts int
}

// Option modifies a single call.
type Option func(*call)

// IdempotencyKey sets the key of a request, up to 255 printable characters. Requests with
// the same key and body take effect once. By default, each call has a random key, which its
// retries share.
func IdempotencyKey(key string) Option {
	return func(in *call) { in.header.Set("Idempotency-Key", key) }
}

// IfVersion makes a change fail with CodePreconditionFailed if the activation has another
// version.
func IfVersion(version int) Option {
	return func(in *call) { in.header.Set("If-Match", fmt.Sprintf(`"%d"`, version)) }
}

// Raw stores the response's body.
func Raw(into *[]byte) Option { return func(in *call) { in.raw = into } }

// path formats a path with escaped segments.
func path(format string, parts ...string) string {
	escaped := make([]any, len(parts))
	for n, part := range parts {
		escaped[n] = url.PathEscape(part)
	}
	return fmt.Sprintf(format, escaped...)
}

// add adds query parameters, without zero values.
func add[T any](v url.Values, name string, values ...T) {
	for _, value := range values {
		if !reflect.ValueOf(value).IsZero() {
			v.Add(name, fmt.Sprint(value))
		}
	}
}

func (c *Client) base() string { return strings.TrimRight(c.URL, "/") }

func (c *Client) attempts() int {
	if c.Attempts == 0 {
		return 3
	}
	return c.Attempts
}
