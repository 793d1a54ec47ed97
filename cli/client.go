package cli

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"countersign/client"
	"countersign/internal/config"
)

const defaultURL = "http://localhost:8080"

// The timeouts of API requests. The API processes an uploaded file for at most 45 s.
const (
	requestTimeout = 30 * time.Second
	uploadTimeout  = 60 * time.Second
)

// newClient returns a client of the HTTP API. It never retries: the caller decides.
func newClient(timeout time.Duration) *client.Client {
	bearer, _ := token() // requireReadableToken has checked it
	c := &client.Client{
		URL: strings.TrimRight(os.Getenv("COUNTERSIGN_URL"), "/"), Token: bearer,
		Language: "en", Attempts: 1, HTTP: &http.Client{Timeout: timeout},
	}
	if c.URL == "" {
		c.URL = defaultURL
	}
	if strings.HasPrefix(os.Getenv("LANG"), "sv") {
		c.Language = "sv"
	}
	return c
}

func token() (string, error) { return config.Secret(config.Prefix+"TOKEN", environment()) }

// requireReadableToken fails before the first request if the token's file is unreadable.
func requireReadableToken(*cobra.Command, []string) error {
	if _, err := token(); err != nil {
		return usageError{err}
	}
	return nil
}

// fetch sends a request and prints its response: as JSON with --json, otherwise as text.
func fetch[T any](cmd *cobra.Command, send func(raw client.Option) (T, error), printText func(io.Writer, T)) error {
	var raw []byte
	response, err := send(client.Raw(&raw))
	if err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) { printText(w, response) })
}

// execute sends a request and prints the response with --json, and otherwise only a
// confirmation.
func execute[T any](cmd *cobra.Command, confirmation string, send func(raw client.Option) (T, error)) error {
	return fetch(cmd, send, func(w io.Writer, _ T) { fmt.Fprintln(w, confirmation) })
}

// activationCommand is a command about an activation, without further arguments.
func activationCommand[T any](name, short string, send func(*client.Client, context.Context, string, ...client.Option) (T, error)) *cobra.Command {
	return &cobra.Command{
		Use: name + " ACTIVATION", Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return execute(cmd, recorded(args[0]), func(raw client.Option) (T, error) {
				return send(newClient(requestTimeout), cmd.Context(), args[0], raw)
			})
		},
	}
}

func recorded(id string) string { return "Recorded. See: countersign status " + id }

// withFile opens a file for use and closes it.
func withFile(path string, use func(io.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return use(file)
}

// poll calls next every second until it reports that it is done. The end of the context
// is not an error.
func poll(ctx context.Context, next func() (done bool, err error)) error {
	for {
		if done, err := next(); err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
}
