package kubernetes_test

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// selected returns the sorted roles with pods that a selector matches.
func (all objects) selected(t *testing.T, s *metav1.LabelSelector) []string {
	t.Helper()
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for role, pod := range all.pods() {
		if selector.Matches(labels.Set(pod.Labels)) {
			found = append(found, role)
		}
	}
	slices.Sort(found)
	return found
}

func (all objects) wantSelected(t *testing.T, name string, s *metav1.LabelSelector, want ...string) {
	t.Helper()
	if got := all.selected(t, s); !slices.Equal(got, want) {
		t.Errorf("%s selects %q, want %q", name, got, want)
	}
}

func TestSelectors_MatchTheirPods(t *testing.T) {
	t.Parallel()
	all := example(t)
	for _, d := range ofKind[*appsv1.Deployment](all) {
		all.wantSelected(t, "Deployment "+d.Name, d.Spec.Selector, d.Name)
		if len(d.Spec.Template.Spec.TopologySpreadConstraints) != 2 {
			t.Errorf("%s is not spread over nodes and zones", d.Name)
		}
		for _, spread := range d.Spec.Template.Spec.TopologySpreadConstraints {
			all.wantSelected(t, "spread "+d.Name+" "+spread.TopologyKey, spread.LabelSelector, d.Name)
		}
	}
	for _, s := range ofKind[*corev1.Service](all) {
		all.wantSelected(t, "Service "+s.Name, &metav1.LabelSelector{MatchLabels: s.Spec.Selector}, s.Name)
	}
	budgets := ofKind[*policyv1.PodDisruptionBudget](all)
	for _, b := range budgets {
		all.wantSelected(t, "PodDisruptionBudget "+b.Name, b.Spec.Selector, b.Name)
		if b.Spec.MaxUnavailable.IntValue() != 1 {
			t.Errorf("budget %s: %v", b.Name, b.Spec.MaxUnavailable)
		}
	}
	if len(budgets) != 2 {
		t.Errorf("%d budgets, want one for each role", len(budgets))
	}
	for _, m := range ofKind[*podMonitor](all) {
		all.wantSelected(t, "PodMonitor "+m.Name, &m.Spec.Selector, "api", "migrate", "release", "worker")
	}
	for _, a := range ofKind[*autoscalingv2.HorizontalPodAutoscaler](all) {
		if r := a.Spec.ScaleTargetRef; r.APIVersion != "apps/v1" || r.Kind != "Deployment" || r.Name != "api" || *a.Spec.MinReplicas < 2 {
			t.Errorf("autoscaler %s scales %+v", a.Name, r)
		}
	}
}

// NetworkPolicies deny all ingress except from named sources to named ports.
func TestNetworkPolicies_RestrictIngress(t *testing.T) {
	t.Parallel()
	all := example(t)
	allowed := map[string][]string{}
	for _, p := range ofKind[*networkingv1.NetworkPolicy](all) {
		if p.Name == "nothing-in" || p.Name == "out" {
			all.wantSelected(t, "NetworkPolicy "+p.Name, &p.Spec.PodSelector, "api", "migrate", "release", "worker")
		}
		for _, rule := range p.Spec.Ingress {
			if len(rule.From) == 0 || len(rule.Ports) == 0 {
				t.Errorf("%s allows every source or every port", p.Name)
			}
			for _, role := range all.selected(t, &p.Spec.PodSelector) {
				for _, port := range rule.Ports {
					allowed[port.Port.String()] = append(allowed[port.Port.String()], role)
				}
			}
		}
	}
	if len(allowed) != 2 || !slices.Equal(allowed["http"], []string{"api"}) || !slices.Contains(allowed["admin"], "worker") {
		t.Errorf("allowed ingress by port: %v", allowed)
	}
}

// The Ingress leads to a Service, and the Service to a port of the API.
func TestIngress_ReachesAPI(t *testing.T) {
	t.Parallel()
	all := example(t)
	public := load(t, all, "api").PublicURL
	for _, in := range ofKind[*networkingv1.Ingress](all) {
		for _, rule := range in.Spec.Rules {
			if "https://"+rule.Host != public || !slices.Contains(in.Spec.TLS[0].Hosts, rule.Host) {
				t.Errorf("%s serves %s, and the links in mails have %s", in.Name, rule.Host, public)
			}
			for _, path := range rule.HTTP.Paths {
				all.wantPort(t, path.Backend.Service.Name, path.Backend.Service.Port.Name)
			}
		}
	}
}

func (all objects) wantPort(t *testing.T, service, port string) {
	t.Helper()
	for _, s := range ofKind[*corev1.Service](all) {
		for _, p := range s.Spec.Ports {
			if s.Name == service && p.Name == port && p.TargetPort == intstr.FromString("http") {
				return
			}
		}
	}
	t.Errorf("no Service %s forwards its port %s to the API", service, port)
}
