package cli_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The commands of docs/integrate.md exist, accept their flags and call the API.
func TestCommands_OfTheDocuments(t *testing.T) {
	document, err := os.ReadFile("../docs/integrate.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		io.WriteString(w, `{"id":"x","state":"ended"}`)
	}))
	defer server.Close()
	t.Setenv("COUNTERSIGN_URL", server.URL)
	examples, err := filepath.Abs("../examples")
	if err != nil {
		t.Fatal(err)
	}
	shown := 0
	for line := range strings.Lines(string(document)) {
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "./countersign ")
		if !ok {
			continue
		}
		shown++
		asked = 0
		line, _, _ = strings.Cut(line, "#")
		line, _, _ = strings.Cut(line, ">")
		args := strings.Fields(strings.ReplaceAll(line, "examples/", examples+"/"))
		if code, _, stderr := run(t, args...); code != 0 || asked == 0 {
			t.Errorf("%q: exit code %d, %d requests: %s", args, code, asked, stderr)
		}
	}
	if shown < 15 {
		t.Errorf("only %d commands were found", shown)
	}
}
