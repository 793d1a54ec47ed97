package client

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
)

// Client calls one API with one token. It may be used by many goroutines, and
// needs nothing but its URL.
type Client struct {
	URL      string       // such as https://countersign.example
	Token    string       // an access token of the OpenID provider, or one from the settings
	Language string       // of the texts for people: sv or en
	HTTP     *http.Client // http.DefaultClient where nil

	// Attempts is how often at most a request is sent: 3 where it is 0. Only what
	// is safe to repeat is sent more than once, and only where the API asks for
	// it. One means never.
	Attempts int
}

// Option is something more about a single call.
type Option func(*call)

// IdempotencyKey is your own name for a request, up to 255 printable
// characters: the same key with the same body does it once. Where left out,
// each call has a key of its own, which its repeats share.
func IdempotencyKey(key string) Option {
	return func(in *call) { in.header.Set("Idempotency-Key", key) }
}

// IfVersion has a change refused (CodePreconditionFailed) where the activation
// is no longer at this version.
func IfVersion(version int) Option {
	return func(in *call) { in.header.Set("If-Match", fmt.Sprintf(`"%d"`, version)) }
}

// Raw keeps the answer as it came.
func Raw(into *[]byte) Option { return func(in *call) { in.raw = into } }

// path fills parts into a path, each as one part of it.
func path(format string, parts ...string) string {
	escaped := make([]any, len(parts))
	for n, part := range parts {
		escaped[n] = url.PathEscape(part)
	}
	return fmt.Sprintf(format, escaped...)
}

// add leaves out what is not said.
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
