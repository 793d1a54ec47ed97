package kubernetes_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"countersign/dev/port"
	product "countersign/internal/bootstrap"
	"countersign/internal/eventually"
)

// The API answers the requests of the kubelet and of Prometheus. The worker serves
// the same paths at its admin port, so one process is enough.
func TestProbes_Succeed(t *testing.T) {
	t.Parallel()
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
				t.Errorf("%s: the %s probe requests %s", role, kind, get.Path)
			} else if err := checkOK(t, at[get.Port.String()]+get.Path); err != nil {
				t.Errorf("%s, %s: %v", role, kind, err)
			}
		}
	}
	// Only this port reports the API as unready while it stops.
	if port := all.pods()["api"].Spec.Containers[0].ReadinessProbe.HTTPGet.Port.String(); port != "http" {
		t.Errorf("the readiness probe of the API uses the port %s", port)
	}
	for _, m := range ofKind[*podMonitor](all) {
		for _, e := range m.Spec.PodMetricsEndpoints {
			if err := checkOK(t, at[e.Port]+e.Path); err != nil {
				t.Errorf("%s: %v", m.Name, err)
			}
		}
	}
}

// serve runs the API in this process with the example's settings, on free ports and
// with SQLite instead of its servers. It returns the URL of each named port.
func serve(t *testing.T, all objects) map[string]string {
	t.Helper()
	c := load(t, all, "api")
	c.DatabaseURL, c.RedisURL = "sqlite:"+filepath.Join(t.TempDir(), "countersign.db"), ""
	c.Listen, c.AdminListen, c.DrainFor = freeAddress(t), freeAddress(t), 0
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
	for name, address := range at {
		eventually.OK(t, "the port "+name+" answers", func() error {
			select {
			case err := <-ended:
				ended <- nil
				t.Fatalf("the API stopped: %v", err)
			default:
			}
			return checkOK(t, address+"/healthz")
		})
	}
	return at
}

// freeAddress returns an address with a free port.
func freeAddress(t *testing.T) string {
	t.Helper()
	n, err := port.Reserve(0, "")
	if err != nil {
		t.Fatal(err)
	}
	return port.Address(n)
}

func checkOK(t *testing.T, url string) error {
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
