package e2e_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/client"
	"countersign/dev/harness"
	"countersign/dev/stack"
	"countersign/internal/servertest"
)

// The curl commands of docs/integrate.md work as they are printed, with another address.
func TestDocuments_CurlCommands(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		servertest.Skip(t, "curl")
	}
	o := harness.StartStack(t, func(*testing.T, *stack.Options) {})
	section := documentSection(t, "## JSON API\n")
	_, block, _ := strings.Cut(section, "```sh\n")
	block, after, _ := strings.Cut(block, "```")
	setting := strings.Split(strings.Replace(block, "http://localhost:8080", o.At.API, 1), "\n")[0]
	if !strings.Contains(setting, o.At.API) {
		t.Fatalf("no address in %q", setting)
	}
	_, commands, _ := strings.Cut(block, "\n")
	var accepted client.Accepted
	answers := json.NewDecoder(strings.NewReader(shell(t, setting, commands)))
	for range strings.Count(commands, "curl ") {
		if err := answers.Decode(&accepted); err != nil {
			t.Fatal(err)
		}
	}
	if answers.More() || accepted.State != client.StateActivating {
		t.Fatalf("the last command prints %+v", accepted)
	}
	inline := regexp.MustCompile("`(curl [^`]+)`").FindAllStringSubmatch(after, -1)
	if len(inline) != 2 {
		t.Fatalf("%d commands in the text, want 2", len(inline))
	}
	all := ""
	for _, m := range inline {
		command := strings.Replace(m[1], "/ID", "/"+accepted.ID, 1)
		if strings.Contains(command, "/events") {
			command = "! " + command + " --max-time 5" // the stream is open until the customer decides
		}
		all += shell(t, setting, command)
	}
	for _, want := range []string{"event: step\nid: 1\n", `"upcoming":[{`} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
}

func documentSection(t *testing.T, title string) string {
	t.Helper()
	document, err := os.ReadFile("../../docs/integrate.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(document), title)
	if !found {
		t.Fatalf("docs/integrate.md has no %q", title)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// shell runs commands and fails the test if one of them fails. Unlike in the document,
// curl fails on an HTTP error.
func shell(t *testing.T, setting, commands string) string {
	t.Helper()
	script := "set -e\n" + setting + "\n" + strings.ReplaceAll(commands, "curl ", "curl --fail-with-body ")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script).Output()
	if err != nil {
		t.Fatalf("%s\n%v: %s", commands, err, out)
	}
	return string(out)
}

// The API's validation accepts every example of a request body in the OpenAPI
// description, so that readers can send them from /docs.
func TestOpenAPI_ExamplesAreAccepted(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../api/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var description struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Example any }
			}
		}
	}
	if err := json.Unmarshal(raw, &description); err != nil {
		t.Fatal(err)
	}
	o := harness.StartStack(t, func(*testing.T, *stack.Options) {})
	fill := strings.NewReplacer("/customers/{id}", "/customers/c-1003", "{id}", "unknown", "{link}", "unknown")
	sent := 0
	for path, operations := range description.Paths {
		for method, operation := range operations {
			example := operation.RequestBody.Content["application/json"].Example
			if example == nil {
				continue
			}
			sent++
			var p struct {
				Code   client.Code
				Errors []struct{ Field, Code string }
			}
			o.Call(strings.ToUpper(method), fill.Replace(path), example, &p)
			// The examples change one customer: another one may have taken a name or an
			// address, or removed an administrator.
			p.Errors = slices.DeleteFunc(p.Errors, func(e struct{ Field, Code string }) bool {
				return e.Code == string(client.CodeDuplicate) || e.Code == string(client.CodeAdministratorNotFound)
			})
			if p.Code == client.CodeMalformedRequest || p.Code == client.CodeInvalidRequest && len(p.Errors) > 0 {
				t.Errorf("%s %s: %s %+v", method, path, p.Code, p.Errors)
			}
		}
	}
	if sent < 10 {
		t.Errorf("only %d examples were sent", sent)
	}
}
