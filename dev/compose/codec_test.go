package compose_test

import (
	"bytes"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The Web UI asks the api for clear text, as whoever has logged in there, and the
// api takes it for one that may ask.
func TestTheWebUIAsksForClearText(t *testing.T) {
	project := load(t)
	ui, api := project.Services["temporal-ui"], project.Services["api"]
	public := environment()["COUNTERSIGN_PUBLIC_URL"]
	for name, want := range map[string]string{
		"TEMPORAL_CODEC_ENDPOINT":            public + "/codec",
		"TEMPORAL_CODEC_INCLUDE_CREDENTIALS": "true",
		"TEMPORAL_CODEC_DEFAULT_ERROR_LINK":  public + "/login",
	} {
		if got := ui.Environment[name]; got == nil || *got != want {
			t.Errorf("%s is not %s", name, want)
		}
	}
	published := "http://" + ui.Ports[0].HostIP + ":" + ui.Ports[0].Published
	if got := *api.Environment["COUNTERSIGN_CODEC_ORIGINS"]; got != published {
		t.Errorf("the Web UI is at %s, and the api lets %s ask", published, got)
	}
	// A browser keeps the session for the host by whose name it was begun.
	of, err := url.Parse(public)
	if err != nil || of.Hostname() != ui.Ports[0].HostIP {
		t.Errorf("the Web UI is at %s, and the product at %s: %v", published, public, err)
	}
}

// The Web UI's image makes its configuration of its variables by a template,
// which the module of the same version has.
func TestTheWebUIKnowsItsSettings(t *testing.T) {
	module, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", "github.com/temporalio/ui-server/v2").Output()
	if err != nil {
		t.Fatal(err)
	}
	version, folder, _ := strings.Cut(strings.TrimSpace(string(module)), " ")
	template, err := os.ReadFile(filepath.Join(folder, "config", "docker.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	ui := load(t).Services["temporal-ui"]
	if ui.Image != "temporalio/ui:"+strings.TrimPrefix(version, "v") {
		t.Errorf("the image is %s, and dev has %s", ui.Image, version)
	}
	for name := range ui.Environment {
		if !bytes.Contains(template, []byte(`"`+name+`"`)) {
			t.Errorf("the Web UI does not read %s", name)
		}
	}
}
