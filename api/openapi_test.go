package api_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"countersign/api/problem"
	"countersign/collaboration"
)

var update = flag.Bool("update", false, "write openapi.json anew")

func TestDescriptionIsFresh(t *testing.T) {
	t.Parallel()
	got, err := newWorld().server(t).OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile("openapi.json")
	if err != nil || !bytes.Equal(committed, got) {
		t.Errorf("openapi.json is stale: go test ./api -run TestDescriptionIsFresh -update (%v)", err)
	}
}

type description struct {
	OpenAPI string `json:"openapi"`
	Paths   map[string]map[string]struct {
		OperationID string                                  `json:"operationId"`
		Summary     string                                  `json:"summary"`
		Description string                                  `json:"description"`
		Responses   map[string]struct{ Description string } `json:"responses"`
		Codes       []collaboration.Code                    `json:"x-problem-codes"`
		Parameters  []struct{ Name, Description string }    `json:"parameters"`
	} `json:"paths"`
}

func describe(t *testing.T) (d description) {
	t.Helper()
	raw, err := newWorld().server(t).OpenAPI()
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	described := map[string]bool{}
	d := describe(t)
	if d.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", d.OpenAPI)
	}
	for path, methods := range d.Paths {
		for method := range methods {
			described[strings.ToUpper(method)+" "+path] = true
		}
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	routed := 0
	for _, route := range newWorld().server(t).Routes() {
		if !strings.HasPrefix(route.Path, "/v1/") {
			continue
		}
		routed++
		if name := route.Method + " " + parameter.ReplaceAllString(route.Path, "{$1}"); !described[name] {
			t.Errorf("%s is not described", name)
		}
	}
	if routed != len(described) || routed == 0 {
		t.Errorf("%d routes, %d described", routed, len(described))
	}
}

func TestDescribedCodesExist(t *testing.T) {
	t.Parallel()
	for path, methods := range describe(t).Paths {
		for method, op := range methods {
			if op.Summary == "" || op.Description == "" || len(op.Codes) == 0 {
				t.Errorf("%s %s: summary, description and codes must be there", method, path)
			}
			for _, code := range op.Codes {
				if !code.Known() {
					t.Errorf("%s %s: no code %q", method, path, code)
				}
				if r, ok := op.Responses[status(code)]; !ok || !strings.Contains(r.Description, string(code)) {
					t.Errorf("%s %s: %q is not listed under %s", method, path, code, status(code))
				}
			}
			for _, p := range op.Parameters {
				if p.Description == "" && p.Name != "Cache-Control" {
					t.Errorf("%s %s: parameter %s has no description", method, path, p.Name)
				}
			}
		}
	}
}

func status(c collaboration.Code) string {
	raw, _ := json.Marshal(problem.Status(c))
	return string(raw)
}

// The documentation loads nothing from other sites, and its Content-Security-Policy has
// the hashes of its scripts.
func TestDocs(t *testing.T) {
	t.Parallel()
	s := newWorld().server(t)
	page := get("/docs", "").send(s)
	policy := page.Header().Get("Content-Security-Policy")
	if page.Code != 200 || strings.Count(policy, "'sha256-") != strings.Count(page.Body.String(), "<script>") || strings.Contains(policy, "script-src 'self' 'unsafe") {
		t.Errorf("%d %s", page.Code, policy)
	}
	for _, asset := range regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(page.Body.String(), -1) {
		if !strings.HasPrefix(asset[1], "/docs/") {
			t.Errorf("%s is loaded from another site", asset[1])
		} else if got := get(asset[1], "").send(s); got.Code != 200 {
			t.Errorf("%s: %d", asset[1], got.Code)
		}
	}
	for _, r := range []request{
		{url: "/openapi.json", status: 200, content: []string{`"openapi": "3.1.0"`}, wantHeaders: map[string]string{"Content-Type": "application/openapi+json"}},
		{url: "/openapi.yaml", status: 200, content: []string{"openapi: 3.1.0"}},
		{url: "/", status: 200, content: []string{`href="/docs"`, "Dokumentation av API:t"}},
		{url: "/assets/countersign.css", status: 200, content: []string{":focus-visible"}},
	} {
		r.method = "GET"
		r.check(t, r.send(s))
	}
	if got := get("/assets/", "").send(s); got.Code != 404 {
		t.Errorf("assets are listed: %d", got.Code)
	}
}
