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

// How long an answer may take. The API writes a file for 45 s at most.
const (
	answerWithin = 30 * time.Second
	fileWithin   = 60 * time.Second
)

// newClient calls the HTTP API: the command line can do what the API lets its
// caller do, and nothing else. It tries nothing again behind the caller's back.
func newClient(within time.Duration) *client.Client {
	bearer, _ := token() // withToken has refused what cannot be read
	c := &client.Client{
		URL: strings.TrimRight(os.Getenv("COUNTERSIGN_URL"), "/"), Token: bearer,
		Language: "en", Attempts: 1, HTTP: &http.Client{Timeout: within},
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

// withToken refuses a token that cannot be read, before anything is asked.
func withToken(*cobra.Command, []string) error {
	if _, err := token(); err != nil {
		return usageError{err}
	}
	return nil
}

// tell asks for something whose answer is of interest to programs only, and says
// that it was done.
func tell(cmd *cobra.Command, done string, send func(raw client.Option) error) error {
	var raw []byte
	if err := send(client.Raw(&raw)); err != nil {
		return err
	}
	return show(cmd, raw, func(w io.Writer) { fmt.Fprintln(w, done) })
}

// message is one about an activation, with nothing more to say.
type message func(c *client.Client, ctx context.Context, activation string, options ...client.Option) (*client.Standing, error)

func messageCommand(name, short string, send message) *cobra.Command {
	return &cobra.Command{
		Use: name + " ACTIVATION", Short: short, Args: exactly(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return tell(cmd, recorded(args[0]), func(raw client.Option) error {
				_, err := send(newClient(answerWithin), cmd.Context(), args[0], raw)
				return err
			})
		},
	}
}

func recorded(id string) string { return "Recorded. See: countersign status " + id }
