package api_test

import (
	"testing"

	"countersign/api"
	"countersign/collaboration"
)

// The page before the login says which service and address to use, and what to do if the
// login is refused.
func TestLinkPage_SaysHowToGetAccount(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{"": "create one with that address on the login page", "https://login.example/register": `href="https://login.example/register"`} {
		w := newWorld()
		id := string(w.with("c-platform", collaboration.AwaitingApproval))
		w.deps = func(c *api.Config) { c.LoginHost, c.SignupURL = "login.example", url }
		got := (&visitor{h: w.server(t), lang: "en"}).send("GET", "/approve/"+id+".1", nil)
		request{url: "/approve/", status: 200, content: []string{"You log in with login.example", "the e-mail address that received the invitation", "If the login is refused", want}}.check(t, got)
	}
}
