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

// The Web UI requests decrypted payloads from the API's codec server, with the session
// of the logged-in operator, and the API allows the Web UI's origin.
func TestWebUI_DecryptsWithCodecServer(t *testing.T) {
	t.Parallel()
	project := load(t)
	ui, api := project.Services["temporal-ui"], project.Services["api"]
	public := environment(t)["COUNTERSIGN_PUBLIC_URL"]
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
		t.Errorf("the Web UI is at %s, and the API allows the origin %s", published, got)
	}
	// A browser stores the session by host name.
	product, err := url.Parse(public)
	if err != nil || product.Hostname() != ui.Ports[0].HostIP {
		t.Errorf("the Web UI is at %s, and the product at %s: %v", published, public, err)
	}
}

// The Web UI's image renders its configuration from environment variables. The
// template is in the Go module of the same version.
func TestWebUI_ReadsEverySetting(t *testing.T) {
	t.Parallel()
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
		t.Errorf("the image is %s, and the module dev has %s", ui.Image, version)
	}
	for name := range ui.Environment {
		if !bytes.Contains(template, []byte(`"`+name+`"`)) {
			t.Errorf("the Web UI does not read %s", name)
		}
	}
}
