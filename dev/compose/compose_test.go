package compose_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"

	"countersign/internal/config"
	"countersign/internal/temporalx"
)

const root = "../../"

// marker is in every secret of the environment, which distinguishes it from a literal
// in the file.
const marker = "MARKED"

// environment returns the settings of deploy/env.example, completed by an operator.
func environment(t *testing.T) map[string]string {
	t.Helper()
	settings, err := dotenv.Read(root + "deploy/env.example")
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"POSTGRES_PASSWORD":             marker,
		"TEMPORAL_DB_PASSWORD":          marker,
		"COUNTERSIGN_DB_PASSWORD":       marker,
		"COUNTERSIGN_OWNER_DB_PASSWORD": marker,
		"REDIS_PASSWORD":                marker,
		// Base64 of at least 32 bytes.
		"COUNTERSIGN_LINK_KEYS": strings.Repeat(marker+"00", 8),
		// Base64 of exactly 32 bytes.
		"COUNTERSIGN_AUDIT_KEYS":      strings.Repeat(marker+"00", 8)[:43] + "=",
		"COUNTERSIGN_ENCRYPTION_KEYS": "2026-01:" + strings.Repeat(marker+"00", 8)[:43] + "=",
		"COUNTERSIGN_OIDC_ISSUER":     "https://login.example",
		"COUNTERSIGN_OIDC_CLIENT_ID":  "countersign",
	} {
		if old, found := settings[name]; !found || old != "" {
			t.Errorf("deploy/env.example does not leave %s empty", name)
		}
		settings[name] = value
	}
	return settings
}

// parse loads docker-compose.yml with a file .env beside it.
func parse(t *testing.T, environment map[string]string, options ...cli.ProjectOptionsFn) (*types.Project, error) {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"docker-compose.yml", "deploy"} {
		original, err := filepath.Abs(root + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(original, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	var lines strings.Builder
	for name, value := range environment {
		fmt.Fprintf(&lines, "%s='%s'\n", name, value)
	}
	if err := os.WriteFile(filepath.Join(dir, ".env"), []byte(lines.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	options = append([]cli.ProjectOptionsFn{cli.WithWorkingDirectory(dir), cli.WithEnvFiles(), cli.WithDotEnv, cli.WithDefaultProfiles()}, options...)
	loader, err := cli.NewProjectOptions([]string{filepath.Join(dir, "docker-compose.yml")}, options...)
	if err != nil {
		t.Fatal(err)
	}
	return loader.LoadProject(t.Context())
}

func load(t *testing.T, options ...cli.ProjectOptionsFn) *types.Project {
	t.Helper()
	project, err := parse(t, environment(t), options...)
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// isJob reports whether a service runs to completion.
func isJob(service types.ServiceConfig) bool { return strings.HasPrefix(service.Restart, "on-failure") }

func TestServices_RestartOrComplete(t *testing.T) {
	t.Parallel()
	for name, service := range load(t).Services {
		switch {
		case isJob(service):
		case service.Restart != types.RestartPolicyUnlessStopped:
			t.Errorf("%s: restart policy %q", name, service.Restart)
		case service.HealthCheck == nil || service.HealthCheck.Disable || len(service.HealthCheck.Test) < 2:
			t.Errorf("%s has no health check", name)
		}
	}
}

func TestDependencies_WaitForReadiness(t *testing.T) {
	t.Parallel()
	project := load(t)
	for name, service := range project.Services {
		for on, dependency := range service.DependsOn {
			want := types.ServiceConditionHealthy
			if isJob(project.Services[on]) {
				want = types.ServiceConditionCompletedSuccessfully
			}
			if dependency.Condition != want {
				t.Errorf("%s waits for %s to be %s, want %s", name, on, dependency.Condition, want)
			}
		}
	}
}

func TestRoles_HaveTwoReplicas(t *testing.T) {
	t.Parallel()
	project := load(t)
	for _, role := range []string{"api", "worker"} {
		service := project.Services[role]
		if replicas := service.GetScale(); replicas != 2 {
			t.Errorf("%s has %d replicas, want 2", role, replicas)
		}
	}
}

func TestImages_ArePinned(t *testing.T) {
	t.Parallel()
	version := regexp.MustCompile(`:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$`)
	for name, service := range load(t).Services {
		if service.Build == nil && !version.MatchString(service.Image) {
			t.Errorf("%s: image %q has no version", name, service.Image)
		}
	}
}

func TestPorts_AreOnLoopbackOnly(t *testing.T) {
	t.Parallel()
	published := map[string]string{}
	for name, service := range load(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q", name, port.Published, port.HostIP)
			}
			if other, isUsed := published[port.Published]; isUsed {
				t.Errorf("%s and %s both publish %s", name, other, port.Published)
			}
			published[port.Published] = name
			if service.GetScale() > 1 {
				t.Errorf("%s publishes a port and has several replicas", name)
			}
		}
	}
}

func TestDatabases_HaveVolumes(t *testing.T) {
	t.Parallel()
	project := load(t)
	for name, path := range map[string]string{"postgresql": "/var/lib/postgresql/data", "redis": "/data"} {
		if !slices.ContainsFunc(project.Services[name].Volumes, func(v types.ServiceVolumeConfig) bool {
			_, declared := project.Volumes[v.Source]
			return v.Type == types.VolumeTypeVolume && v.Target == path && declared
		}) {
			t.Errorf("%s has no named volume at %s", name, path)
		}
	}
}

func TestMounts_ExistAndAreReadOnly(t *testing.T) {
	t.Parallel()
	for name, service := range load(t).Services {
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(volume.Source); err != nil || !volume.ReadOnly {
				t.Errorf("%s: %s must exist and be mounted read-only: %v", name, volume.Target, err)
			}
		}
	}
}

// roles are the services with a role of the product.
var roles = map[string]config.Role{"api": config.API, "worker": config.Worker, "release": config.Operator, "migrate": config.Migrate}

// values returns the environment of a service.
func values(service types.ServiceConfig) map[string]string {
	all := map[string]string{}
	for name, value := range service.Environment {
		all[name] = *value
	}
	return all
}

func TestSettings_AreComplete(t *testing.T) {
	t.Parallel()
	project := load(t)
	for service, role := range roles {
		if _, err := config.Load(role, values(project.Services[service])); err != nil {
			t.Errorf("%s: %v", service, err)
		}
	}
}

// The service "release" routes new activations to the build of the started workers, also
// after a start of an older version.
func TestRelease_HasBuildOfWorkers(t *testing.T) {
	t.Parallel()
	versioned := environment(t)
	versioned["COUNTERSIGN_VERSION"] = "1.2.0"
	for want, environment := range map[string]map[string]string{"dev": environment(t), "1.2.0": versioned} {
		project, err := parse(t, environment)
		if err != nil {
			t.Fatal(err)
		}
		worker, release := project.Services["worker"], project.Services["release"]
		for name, service := range map[string]types.ServiceConfig{"worker": worker, "release": release} {
			if build := *service.Environment["COUNTERSIGN_BUILD"]; build != want || service.Image != "countersign:"+want {
				t.Errorf("%s: build %q of image %q, want %q", name, build, service.Image, want)
			}
		}
		if len(release.DependsOn) != 1 || release.DependsOn["worker"].Condition != types.ServiceConditionHealthy || !slices.Equal(release.Command, []string{"release"}) || !isJob(release) {
			t.Errorf("command %q, dependencies %v", release.Command, release.DependsOn)
		}
	}
}

func TestSecrets_HaveNoDefault(t *testing.T) {
	t.Parallel()
	for missing := range environment(t) {
		if strings.HasPrefix(missing, "COUNTERSIGN_SMTP_") || missing == "COMPOSE_PROFILES" {
			continue // optional: SendGrid does not need them
		}
		incomplete := maps.Clone(environment(t))
		delete(incomplete, missing)
		if _, err := parse(t, incomplete); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	secret := regexp.MustCompile(`PASSWORD|PWD|AUTH|KEY|TOKEN|SECRET|HEADERS|DATABASE_URL|REDIS_URL`)
	for service, config := range load(t).Services {
		for name, value := range config.Environment {
			if secret.MatchString(name) && !strings.Contains(name, "_LIMIT_") && *value != "" && !strings.Contains(*value, marker) {
				t.Errorf("%s: the file has a value of %s", service, name)
			}
		}
	}
}

func TestSearchAttributes_MatchProduct(t *testing.T) {
	t.Parallel()
	script, err := os.ReadFile(root + "deploy/temporal/namespace.sh")
	if err != nil {
		t.Fatal(err)
	}
	var created []string
	for _, line := range regexp.MustCompile(`(?m)^attribute (.+)$`).FindAllStringSubmatch(string(script), -1) {
		created = append(created, line[1])
	}
	var want []string
	for name, valueType := range temporalx.SearchAttributeTypes() {
		want = append(want, name+" "+valueType.String())
	}
	slices.Sort(created)
	slices.Sort(want)
	if !slices.Equal(created, want) {
		t.Errorf("the script creates %q, want %q", created, want)
	}
}
