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

// The load balancer has every replica, and detects a stopping one while it still
// serves requests.
func TestBalancer_DetectsStoppingReplica(t *testing.T) {
	t.Parallel()
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
		t.Error("the balancer does not request /readyz")
	}
	drain, found := reflect.TypeFor[config.Config]().FieldByName("DrainFor")
	if !found {
		t.Fatal("config.Config has no field DrainFor")
	}
	interval := regexp.MustCompile(`health_interval (\S+)`).FindSubmatch(caddyfile)
	if interval == nil {
		t.Fatal("the balancer has no health_interval")
	}
	if got, limit := duration(t, string(interval[1])), duration(t, drain.Tag.Get("envDefault")); got > limit/2 {
		t.Errorf("the balancer requests /readyz every %s; an API stops %s after it becomes unready", got, limit)
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
