package program

import (
	"fmt"
	"strings"

	"countersign/dev/flags"
	"countersign/dev/stack"
)

// welcome describes a running stack.
func welcome(f flags.Flags, a stack.Addresses) string {
	var text strings.Builder
	fmt.Fprintf(&text, `
Countersign is running. Ctrl-C stops it; all data is kept in %s.

  Countersign    %s      log in as Maja Ekström, a manager at a small office, or as
                                             Karin Wallmark, at an office with 800 customers
  Inbox          %s      every e-mail that was sent, with working links
`, f.Data, a.API, a.Inbox)
	if a.WebUI != "" {
		fmt.Fprintf(&text, "  Web UI         %s      every activation as a Temporal workflow\n", a.WebUI)
	}
	fmt.Fprintf(&text, "  API            %s/docs\n\n", a.API)
	text.WriteString(payloadHelp(f, a))
	fmt.Fprintf(&text, `The login at %s asks for no password; every person is a button.

Try the command line (in another terminal):

  export COUNTERSIGN_URL=%s COUNTERSIGN_TOKEN=%s
  go run . customers
  go run . start c-1001 --task t-1001-1 --payer office --months 12

or with curl:

  curl -H "Authorization: Bearer %s" %s/v1/customers

The access token of another person: go run ./dev token tove@fagelsang.example

`, a.Login, a.API, stack.ManagerToken, stack.ManagerToken, a.API)
	return text.String()
}

// payloadHelp explains how to read encrypted payloads, and the limits of a Temporal
// that is not embedded.
func payloadHelp(f flags.Flags, a stack.Addresses) string {
	if f.Embedded() {
		return "The Web UI decrypts payloads for the operator Olle Drift, once he is logged in to Countersign.\n\n"
	}
	text := fmt.Sprintf("Temporal is the running one at %s, namespace %s. `go run ./dev forward` needs a server with time\nskipping, such as the embedded one.", f.Temporal, f.Namespace)
	if a.WebUI == "" {
		return text + "\n\n"
	}
	return text + fmt.Sprintf(" The Web UI decrypts payloads for the operator Olle Drift, once\nhe is logged in to Countersign and its data encoder is set to %s/codec, with cookies.\n\n", a.API)
}
