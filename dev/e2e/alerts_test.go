package e2e_test

import (
	"os"
	"os/exec"
	"testing"

	"go.yaml.in/yaml/v3"

	"countersign/internal/servertest"
)

// alertCases is the part of Prometheus' test file that this test reads.
type alertCases struct {
	Tests []struct {
		Cases []struct {
			Alert string `yaml:"alertname"`
			Fires []any  `yaml:"exp_alerts"`
		} `yaml:"alert_rule_test"`
	}
}

// Each alert fires in a case of alerts_test.yaml, and is silent in another one.
func TestAlerts_FireAndAreSilent(t *testing.T) {
	t.Parallel()
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		servertest.Skip(t, "promtool")
	}
	if out, err := exec.CommandContext(t.Context(), promtool, "test", "rules", observability+"alerts_test.yaml").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	text, err := os.ReadFile(observability + "alerts_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file alertCases
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	fires, silent := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, c := range test.Cases {
			fires[c.Alert] = fires[c.Alert] || len(c.Fires) > 0
			silent[c.Alert] = silent[c.Alert] || len(c.Fires) == 0
		}
	}
	for _, a := range alerts(t) {
		if !fires[a.Alert] || !silent[a.Alert] {
			t.Errorf("%s has a case in which it fires: %v, and one in which it is silent: %v", a.Alert, fires[a.Alert], silent[a.Alert])
		}
	}
}
