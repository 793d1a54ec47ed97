package kubernetes_test

import (
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"countersign/internal/config"
	"countersign/worker"
)

// The pods meet the "restricted" pod security standard.
func TestPods_AreRestricted(t *testing.T) {
	t.Parallel()
	dockerfile, err := os.ReadFile(root + "Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	user := regexp.MustCompile(`(?m)^USER (\d+):(\d+)$`).FindStringSubmatch(string(dockerfile))
	if user == nil {
		t.Fatal("the image's user is not numeric: the kubelet cannot verify that it is not root")
	}
	for name, pod := range example(t).pods() {
		c, p := pod.Spec.Containers[0].SecurityContext, pod.Spec.SecurityContext
		if !*p.RunAsNonRoot || fmt.Sprint(*p.RunAsUser) != user[1] || fmt.Sprint(*p.RunAsGroup) != user[2] {
			t.Errorf("%s does not run as the image's user %s", name, user[0])
		}
		if p.SeccompProfile.Type != corev1.SeccompProfileTypeRuntimeDefault || *c.AllowPrivilegeEscalation ||
			!*c.ReadOnlyRootFilesystem || len(c.Capabilities.Drop) != 1 || c.Capabilities.Drop[0] != "ALL" || c.Capabilities.Add != nil {
			t.Errorf("%s is not restricted", name)
		}
		if *pod.Spec.AutomountServiceAccountToken {
			t.Errorf("%s has a token for the cluster's API", name)
		}
		r := pod.Spec.Containers[0].Resources
		if r.Requests.Cpu().IsZero() || r.Requests.Memory().IsZero() || r.Limits.Memory().IsZero() {
			t.Errorf("%s has no resource requests or limits", name)
		}
	}
}

func TestPods_HaveOneImage(t *testing.T) {
	t.Parallel()
	images := map[string]bool{}
	for name, pod := range example(t).pods() {
		images[pod.Spec.Containers[0].Image] = true
		if args := pod.Spec.Containers[0].Args; len(args) != 1 || args[0] != name || pod.Spec.Containers[0].Command != nil {
			t.Errorf("%s runs %q", name, args)
		}
	}
	if len(images) != 1 || images["countersign"] {
		t.Errorf("images %v", images)
	}
	if n := len(ofKind[*corev1.ConfigMap](example(t))); n != 1 {
		t.Errorf("%d ConfigMaps, want one", n)
	}
	for image := range images {
		if !regexp.MustCompile(`:\d+\.\d+\.\d+$`).MatchString(image) {
			t.Errorf("%s has no version", image)
		}
		for _, role := range []string{"worker", "release"} {
			if build := example(t).environment(t, role)["COUNTERSIGN_BUILD"]; !strings.HasSuffix(image, ":"+build) {
				t.Errorf("%s has build %q of image %s", role, build, image)
			}
		}
	}
}

func TestDeployments_RollOneReplicaAtATime(t *testing.T) {
	t.Parallel()
	for _, d := range ofKind[*appsv1.Deployment](render(t, "base")) {
		rolling := d.Spec.Strategy.RollingUpdate
		if *d.Spec.Replicas != 2 || rolling == nil || rolling.MaxUnavailable.IntValue() != 0 || rolling.MaxSurge.IntValue() < 1 {
			t.Errorf("%s: %d replicas, %+v", d.Name, *d.Spec.Replicas, rolling)
		}
	}
	for _, j := range ofKind[*batchv1.Job](example(t)) {
		if j.Spec.Template.Spec.RestartPolicy != corev1.RestartPolicyNever || *j.Spec.BackoffLimit == 0 {
			t.Errorf("%s: a failed pod must be retried, and its log retained", j.Name)
		}
	}
}

// A Deployment with a replica count would reset the count of its autoscaler.
func TestDeployments_LeaveReplicasToAutoscaler(t *testing.T) {
	t.Parallel()
	for _, d := range ofKind[*appsv1.Deployment](render(t, "example")) {
		if d.Spec.Replicas != nil {
			t.Errorf("%s has %d replicas and an autoscaler", d.Name, *d.Spec.Replicas)
		}
	}
}

// shutdownTimeout is the API's timeout for open requests, after DrainFor.
const shutdownTimeout = 15 * time.Second

func TestPods_HaveTimeToStop(t *testing.T) {
	t.Parallel()
	all := example(t)
	c := load(t, all, "api")
	if c.DrainFor < 5*time.Second {
		t.Errorf("the API stops %s after it becomes unready, before every node has its new endpoints", c.DrainFor)
	}
	for role, stopTime := range map[string]time.Duration{"api": c.DrainFor + shutdownTimeout, "worker": worker.DefaultStopTimeout} {
		grace := time.Duration(*all.pods()[role].Spec.TerminationGracePeriodSeconds) * time.Second
		if grace < stopTime+10*time.Second {
			t.Errorf("%s is killed after %s and needs up to %s", role, grace, stopTime)
		}
	}
}

func TestPods_ExposeListenedPorts(t *testing.T) {
	t.Parallel()
	all := example(t)
	for _, role := range []string{"api", "worker"} {
		c := load(t, all, role)
		want := map[string]string{"admin": c.AdminListen}
		if role == "api" {
			want["http"] = c.Listen
		}
		got := map[string]string{}
		for _, p := range all.pods()[role].Spec.Containers[0].Ports {
			got[p.Name] = net.JoinHostPort("", fmt.Sprint(p.ContainerPort))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s has the ports %v, and listens on %v", role, got, want)
		}
	}
}

func load(t *testing.T, all objects, role string) config.Config {
	t.Helper()
	c, err := config.Load(roles[role], all.environment(t, role))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The image is set in one place.
func TestVersion_IsSetOnce(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"base/api.yaml", "base/worker.yaml", "base/release.yaml", "migrate/job.yaml"} {
		raw, err := os.ReadFile(folder + path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(raw), "image: countersign\n") != 1 || strings.Count(string(raw), "image:") != 1 {
			t.Errorf("%s sets another image", path)
		}
	}
}
