package kubernetes_test

import (
	"bytes"
	"encoding/base64"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"

	"countersign/internal/config"
)

var roles = map[string]config.Role{"api": config.API, "worker": config.Worker, "release": config.Operator, "migrate": config.Migrate}

// ownerSecret has the setting of the migration alone.
const ownerSecret = "countersign-migrate"

// secrets returns the example's Secrets by name, which the kustomization leaves out.
func secrets(t *testing.T) map[string]*corev1.Secret {
	t.Helper()
	raw, err := os.ReadFile(folder + "example/secret.yaml")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]*corev1.Secret{}
	for document := range bytes.SplitSeq(raw, []byte("\n---\n")) {
		secret := decode(t, document).(*corev1.Secret)
		found[secret.Name] = secret
	}
	return found
}

// environment returns the variables of a role's container, with its references resolved.
func (all objects) environment(t *testing.T, role string) map[string]string {
	t.Helper()
	secrets := secrets(t)
	settings := map[string]string{}
	container := all.pods()[role].Spec.Containers[0]
	for _, from := range container.EnvFrom {
		switch {
		case from.ConfigMapRef != nil:
			for name, value := range all.configMap(t, from.ConfigMapRef.Name).Data {
				settings[name] = value
			}
		case from.SecretRef != nil && from.SecretRef.Name == "countersign":
			for name, value := range secrets["countersign"].StringData {
				settings[name] = withKeys(name, value)
			}
		default:
			t.Errorf("%s: unknown source of settings: %+v", role, from)
		}
	}
	for _, v := range container.Env {
		if v.Name == "COUNTERSIGN_BUILD" {
			settings[v.Name] = v.Value
			continue
		}
		if v.ValueFrom == nil || v.ValueFrom.SecretKeyRef == nil || secrets[v.ValueFrom.SecretKeyRef.Name] == nil {
			t.Errorf("%s: %s is not from a Secret", role, v.Name)
			continue
		}
		if v.ValueFrom.SecretKeyRef.Name == ownerSecret && role != "migrate" {
			t.Errorf("%s has the owner of the database", role)
		}
		settings[v.Name] = secrets[v.ValueFrom.SecretKeyRef.Name].StringData[v.ValueFrom.SecretKeyRef.Key]
	}
	return settings
}

func (all objects) configMap(t *testing.T, name string) *corev1.ConfigMap {
	t.Helper()
	for _, m := range ofKind[*corev1.ConfigMap](all) {
		if m.Name == name {
			return m
		}
	}
	t.Fatalf("no ConfigMap %s", name)
	return nil
}

// withKeys replaces the placeholder in a setting of keys by a valid key.
func withKeys(name, value string) string {
	if name == "COUNTERSIGN_LINK_KEYS" || name == "COUNTERSIGN_AUDIT_KEYS" || name == "COUNTERSIGN_ENCRYPTION_KEYS" {
		return strings.ReplaceAll(value, placeholder, base64.StdEncoding.EncodeToString(make([]byte, 32)))
	}
	return value
}

const placeholder = "PLACEHOLDER"

func TestSettings_AreComplete(t *testing.T) {
	t.Parallel()
	all := example(t)
	for name, role := range roles {
		if _, err := config.Load(role, all.environment(t, name)); err != nil {
			t.Error(err)
		}
	}
	if got := len(all.environment(t, "migrate")); got != 2 {
		t.Errorf("the migration has %d settings and reads two", got)
	}
}

// Another test checks that .env.example has every setting.
func TestSettings_AreRead(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(root + ".env.example")
	if err != nil {
		t.Fatal(err)
	}
	var known []string
	for _, m := range regexp.MustCompile(`(?m)^#? ?([A-Z_]+)=`).FindAllSubmatch(raw, -1) {
		known = append(known, string(m[1]))
	}
	all := example(t)
	for role := range roles {
		for name := range all.environment(t, role) {
			if !slices.Contains(known, name) {
				t.Errorf("%s: no role reads %s", role, name)
			}
		}
	}
}

func TestSecrets_AreNotInManifests(t *testing.T) {
	t.Parallel()
	all := example(t)
	if n := len(ofKind[*corev1.Secret](all)); n != 0 {
		t.Errorf("the manifests have %d Secrets", n)
	}
	hidden := regexp.MustCompile(`PASSWORD|USERNAME|KEY|TOKEN|SECRET|HEADERS|DATABASE_URL|REDIS_URL`)
	for _, m := range ofKind[*corev1.ConfigMap](all) {
		for name := range m.Data {
			if hidden.MatchString(name) {
				t.Errorf("%s is in a ConfigMap", name)
			}
		}
	}
	for name, value := range secrets(t)["countersign"].StringData {
		if !strings.Contains(value, placeholder) {
			t.Errorf("the example's %s is not a placeholder", name)
		}
	}
}

// The NetworkPolicies allow the ports of every server in the settings.
func TestNetworkPolicies_AllowEgressToServers(t *testing.T) {
	t.Parallel()
	all := example(t)
	var open []string
	for _, p := range ofKind[*networkingv1.NetworkPolicy](all) {
		for _, rule := range p.Spec.Egress {
			for _, port := range rule.Ports {
				open = append(open, port.Port.String())
			}
		}
	}
	settings := all.environment(t, "worker")
	called := map[string]string{"sendgrid": "443", "webhooks": "443", "names": "53"}
	for _, name := range []string{"TEMPORAL_ADDRESS", "COUNTERSIGN_SMTP_ADDRESS"} {
		_, called[name], _ = net.SplitHostPort(settings[name])
	}
	for _, name := range []string{"COUNTERSIGN_DATABASE_URL", "COUNTERSIGN_REDIS_URL", "COUNTERSIGN_OIDC_ISSUER", "OTEL_EXPORTER_OTLP_ENDPOINT"} {
		u, err := url.Parse(settings[name])
		if err != nil {
			t.Fatal(err)
		}
		if called[name] = u.Port(); u.Port() == "" && u.Scheme == "https" {
			called[name] = "443"
		}
	}
	for name, port := range called {
		if !slices.Contains(open, port) {
			t.Errorf("%s has the port %q; only %q are allowed", name, port, open)
		}
	}
}
