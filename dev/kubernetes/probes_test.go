package kubernetes_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	product "countersign/roles"
)

// A real api is asked what the kubelet and Prometheus would ask. The worker has
// the same admin port.
func TestProbesAreAnswered(t *testing.T) {
	all := example(t)
	at := serve(t, all)
	for _, role := range []string{"api", "worker"} {
		c := all.pods()[role].Spec.Containers[0]
		for kind, probe := range map[string]*corev1.Probe{"startup": c.StartupProbe, "readiness": c.ReadinessProbe, "liveness": c.LivenessProbe} {
			if probe == nil {
				t.Errorf("%s has no %s probe", role, kind)
				continue
			}
			want := "/readyz"
			if kind == "liveness" {
				want = "/healthz"
			}
			if get := probe.HTTPGet; get.Path != want {
				t.Errorf("%s: the %s probe asks %s", role, kind, get.Path)
			} else if err := wellAt(t, at[get.Port.String()]+get.Path); err != nil {
				t.Errorf("%s, %s: %v", role, kind, err)
			}
		}
	}
	// Only this one says no while the api stops.
	if port := all.pods()["api"].Spec.Containers[0].ReadinessProbe.HTTPGet.Port.String(); port != "http" {
		t.Errorf("the api's readiness is asked at %s", port)
	}
	for _, m := range of[*podMonitor](all) {
		for _, e := range m.Spec.PodMetricsEndpoints {
			if err := wellAt(t, at[e.Port]+e.Path); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
	}
}

// serve runs the api with the example's settings, but for where it is, and says
// where each of its named ports is.
func serve(t *testing.T, all objects) map[string]string {
	t.Helper()
	c := load(t, all, "api")
	c.DatabaseURL, c.RedisURL = "sqlite:"+filepath.Join(t.TempDir(), "facts.db"), ""
	c.Listen, c.AdminListen, c.DrainFor = free(t), free(t), 0
	if err := product.Migrate(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- product.API(ctx, c, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	at := map[string]string{"http": "http://" + c.Listen, "admin": "http://" + c.AdminListen}
	for _, address := range at {
		for deadline := time.Now().Add(10 * time.Second); wellAt(t, address+"/healthz") != nil && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
	}
	return at
}

// free is an address that nobody listens at.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func wellAt(t *testing.T, url string) error {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, response.Status)
	}
	return nil
}
