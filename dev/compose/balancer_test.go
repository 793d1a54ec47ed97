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
	interval := regexp.MustCompile(`health_interval (\S+)`).FindSubmatch(caddyfile)
	if interval == nil {
		t.Fatal("the balancer asks at an interval of its own")
	}
	if got, limit := duration(t, string(interval[1])), duration(t, drain.Tag.Get("envDefault")); got > limit/2 {
		t.Errorf("it is asked every %s: an api stops %s after it says so", got, limit)
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
