package compose_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"

	"countersign/collaboration"
	"countersign/internal/config"
)

const root = "../../"

// mark is in every secret of the environment, to tell it from a literal.
const mark = "MARKED"

func environment() map[string]string {
	return map[string]string{
		"POSTGRES_PASSWORD":       mark,
		"TEMPORAL_DB_PASSWORD":    mark,
		"COUNTERSIGN_DB_PASSWORD": mark,
		"REDIS_PASSWORD":          mark,
		// Base64 of 32 bytes and more.
		"COUNTERSIGN_LINK_KEYS": strings.Repeat(mark+"00", 8),
		// And of 32 bytes exactly.
		"COUNTERSIGN_ENCRYPTION_KEYS": "2026-01:" + strings.Repeat(mark+"00", 8)[:43] + "=",
		"COUNTERSIGN_OIDC_ISSUER":     "https://login.example",
		"COUNTERSIGN_OIDC_CLIENT_ID":  "countersign",
		"COUNTERSIGN_PUBLIC_URL":      "http://127.0.0.1:8080",
		"COUNTERSIGN_MAIL":            "smtp",
		"COUNTERSIGN_MAIL_FROM":       "no-reply@countersign.example",
		"COUNTERSIGN_SMTP_ADDRESS":    "mailpit:1025",
	}
}

func parse(t *testing.T, environment map[string]string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{root + "docker-compose.yml"})
	if err != nil {
		t.Fatal(err)
	}
	options.Environment = environment
	return options.LoadProject(t.Context())
}

func load(t *testing.T) *types.Project {
	t.Helper()
	project, err := parse(t, environment())
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// job tells what runs to its end from what stays up.
func job(service types.ServiceConfig) bool { return strings.HasPrefix(service.Restart, "on-failure") }

func TestServicesStayUpOrEnd(t *testing.T) {
	for name, service := range load(t).Services {
		switch {
		case job(service):
		case service.Restart != types.RestartPolicyUnlessStopped:
			t.Errorf("%s: restart policy %q", name, service.Restart)
		case service.HealthCheck == nil || service.HealthCheck.Disable || len(service.HealthCheck.Test) < 2:
			t.Errorf("%s has no health check", name)
		}
	}
}

func TestDependenciesWaitForReadiness(t *testing.T) {
	project := load(t)
	for name, service := range project.Services {
		for on, dependency := range service.DependsOn {
			want := types.ServiceConditionHealthy
			if job(project.Services[on]) {
				want = types.ServiceConditionCompletedSuccessfully
			}
			if dependency.Condition != want {
				t.Errorf("%s waits for %s to be %s, want %s", name, on, dependency.Condition, want)
			}
		}
	}
}

func TestEveryRoleRunsTwice(t *testing.T) {
	project := load(t)
	for _, role := range []string{"api", "worker"} {
		service := project.Services[role]
		if replicas := service.GetScale(); replicas != 2 {
			t.Errorf("%s runs %d times, want 2", role, replicas)
		}
	}
}

func TestImagesArePinned(t *testing.T) {
	version := regexp.MustCompile(`:v?\d+\.\d+(\.\d+)?(-[a-z0-9.]+)?$`)
	for name, service := range load(t).Services {
		if service.Build == nil && !version.MatchString(service.Image) {
			t.Errorf("%s: image %q names no version", name, service.Image)
		}
	}
}

func TestOnlyLoopbackIsPublished(t *testing.T) {
	published := map[string]string{}
	for name, service := range load(t).Services {
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q", name, port.Published, port.HostIP)
			}
			if other, taken := published[port.Published]; taken {
				t.Errorf("%s and %s both publish %s", name, other, port.Published)
			}
			published[port.Published] = name
			if service.GetScale() > 1 {
				t.Errorf("%s publishes a port and runs more than once", name)
			}
		}
	}
}

func TestDatabasesHaveVolumes(t *testing.T) {
	project := load(t)
	for name, path := range map[string]string{"postgresql": "/var/lib/postgresql/data", "redis": "/data"} {
		if !slices.ContainsFunc(project.Services[name].Volumes, func(v types.ServiceVolumeConfig) bool {
			_, declared := project.Volumes[v.Source]
			return v.Type == types.VolumeTypeVolume && v.Target == path && declared
		}) {
			t.Errorf("%s keeps %s in no named volume", name, path)
		}
	}
}

func TestMountedFilesExist(t *testing.T) {
	for name, service := range load(t).Services {
		for _, volume := range service.Volumes {
			if volume.Type != types.VolumeTypeBind {
				continue
			}
			if _, err := os.Stat(volume.Source); err != nil || !volume.ReadOnly {
				t.Errorf("%s: %s must be there, and mounted read-only: %v", name, volume.Target, err)
			}
		}
	}
}

func TestSettingsAreComplete(t *testing.T) {
	project := load(t)
	for service, role := range map[string]config.Role{"api": config.API, "worker": config.Worker, "release": config.Operator, "migrate": config.Migrate} {
		settings := map[string]string{}
		for name, value := range project.Services[service].Environment {
			settings[name] = *value
		}
		if _, err := config.Load(role, settings); err != nil {
			t.Errorf("%s: %v", service, err)
		}
	}
}

// What a version's workers call themselves is released, after they are there: a
// new version takes over, and an old one that is started again does too.
func TestTheVersionThatRunsIsReleased(t *testing.T) {
	versioned := environment()
	versioned["COUNTERSIGN_VERSION"] = "1.2.0"
	for want, environment := range map[string]map[string]string{"dev": environment(), "1.2.0": versioned} {
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
		if len(release.DependsOn) != 1 || release.DependsOn["worker"].Condition != types.ServiceConditionHealthy || !slices.Equal(release.Command, []string{"release"}) || !job(release) {
			t.Errorf("%q after %v", release.Command, release.DependsOn)
		}
	}
}

func TestSettingsAreKnown(t *testing.T) {
	known := settings()
	for service, config := range load(t).Services {
		if config.Build == nil {
			continue
		}
		for name := range config.Environment {
			if strings.HasPrefix(name, "COUNTERSIGN_") && !slices.Contains(known, name) {
				t.Errorf("%s: no role reads %s", service, name)
			}
		}
	}
}

func TestNoSecretHasADefault(t *testing.T) {
	for missing := range environment() {
		if missing == "COUNTERSIGN_SMTP_ADDRESS" {
			continue // SendGrid needs none
		}
		incomplete := maps.Clone(environment())
		delete(incomplete, missing)
		if _, err := parse(t, incomplete); err == nil || !strings.Contains(err.Error(), missing) {
			t.Errorf("without %s: %v", missing, err)
		}
	}
	secret := regexp.MustCompile(`PASSWORD|PWD|AUTH|KEY|TOKEN|SECRET|HEADERS|DATABASE_URL|REDIS_URL`)
	for service, config := range load(t).Services {
		for name, value := range config.Environment {
			if secret.MatchString(name) && *value != "" && !strings.Contains(*value, mark) {
				t.Errorf("%s: %s is written in the file", service, name)
			}
		}
	}
}

func TestSearchAttributesAreOurs(t *testing.T) {
	script, err := os.ReadFile(root + "deploy/temporal/namespace.sh")
	if err != nil {
		t.Fatal(err)
	}
	var made []string
	for _, line := range regexp.MustCompile(`(?m)^attribute (.+)$`).FindAllStringSubmatch(string(script), -1) {
		made = append(made, line[1])
	}
	want := []string{
		collaboration.SearchOffice + " Keyword",
		collaboration.SearchCustomer + " Keyword",
		collaboration.SearchSolution + " Keyword",
		collaboration.SearchState + " Keyword",
		collaboration.SearchAgreementEnd + " Datetime",
	}
	slices.Sort(made)
	slices.Sort(want)
	if !slices.Equal(made, want) {
		t.Errorf("the script makes %q, want %q", made, want)
	}
}
