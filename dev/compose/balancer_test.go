package compose_test

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"testing"
	"time"

	"countersign/internal/config"
)

// The balancer knows every replica, and sees that one is about to stop while it
// still answers.
func TestBalancerKnowsTheReplicas(t *testing.T) {
	caddyfile, err := os.ReadFile(root + "deploy/Caddyfile")
	if err != nil {
		t.Fatal(err)
	}
	project := load(t)
	api, want := project.Services["api"], "reverse_proxy"
	for n := range api.GetScale() {
		want += fmt.Sprintf(" %s-api-%d:8080", project.Name, n+1)
	}
	if got := regexp.MustCompile(`reverse_proxy[^{]*[^{\s]`).FindString(string(caddyfile)); got != want {
		t.Errorf("the Caddyfile has %q, want %q", got, want)
	}
	if !regexp.MustCompile(`(?m)^\s*health_uri /readyz$`).Match(caddyfile) {
		t.Error("the balancer does not ask /readyz")
	}
	drain, found := reflect.TypeFor[config.Config]().FieldByName("DrainFor")
	if !found {
		t.Fatal("there is no DrainFor")
	}
	for name, text := range map[string]string{
		"health_interval": regexp.MustCompile(`health_interval (\S+)`).FindString(string(caddyfile)),
		"fail_duration":   regexp.MustCompile(`fail_duration (\S+)`).FindString(string(caddyfile)),
	} {
		var value string
		fmt.Sscanf(text, name+" %s", &value)
		if got, limit := duration(t, value), duration(t, drain.Tag.Get("envDefault")); got > limit/2 {
			t.Errorf("%s is %s: an api stops %s after it says so", name, got, limit)
		}
	}
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
