package compose_test

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"

	"countersign/internal/config"
)

// composed are the settings of .env.example that only docker-compose.yml sets.
var composed = []string{
	"COUNTERSIGN_DATABASE_URL", "COUNTERSIGN_MIGRATE_DATABASE_URL", "COUNTERSIGN_REDIS_URL", "COUNTERSIGN_LISTEN", "COUNTERSIGN_ADMIN_LISTEN", "COUNTERSIGN_BUILD",
	"TEMPORAL_ADDRESS", "TEMPORAL_NAMESPACE",
}

var assignment = regexp.MustCompile(`(?m)^#? ?([A-Z][A-Z_]+)=`)

// names returns the settings of an example, including those in comments.
func names(t *testing.T, file string) (all []string) {
	t.Helper()
	text, err := os.ReadFile(root + file)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range assignment.FindAllSubmatch(text, -1) {
		all = append(all, string(m[1]))
	}
	if len(all) < 10 {
		t.Fatalf("%s has only %d settings", file, len(all))
	}
	return all
}

// Every role gets every setting in .env. A test of package config checks that .env.example
// has all settings.
func TestSettings_ReachRoles(t *testing.T) {
	t.Parallel()
	set := environment(t)
	for _, name := range names(t, ".env.example") {
		if set[name] == "" {
			set[name] = "the value of " + name
		}
	}
	project, err := parse(t, set)
	if err != nil {
		t.Fatal(err)
	}
	for role := range roles {
		for _, name := range names(t, ".env.example") {
			got := project.Services[role].Environment[name]
			if isComposed := slices.Contains(composed, name); got == nil || (*got == set[name]) == isComposed {
				t.Errorf("%s in .env does not reach %s, or it does although docker-compose.yml sets it", name, role)
			}
		}
	}
}

// Only the migration has the role that owns the database.
func TestMigrate_HasOwnerAlone(t *testing.T) {
	t.Parallel()
	project := load(t)
	for name := range roles {
		value := project.Services[name].Environment["COUNTERSIGN_MIGRATE_DATABASE_URL"]
		if value == nil || (name == "migrate") != strings.HasPrefix(*value, "postgres://countersign_owner:") {
			t.Errorf("%s has the owner's URL %v", name, value)
		}
	}
}

// Passwords in .env that are no settings belong to other servers.
func TestRoles_HaveNoServerPasswords(t *testing.T) {
	t.Parallel()
	project, found := load(t), 0
	for name := range environment(t) {
		if !strings.HasSuffix(name, "PASSWORD") || slices.Contains(config.Names(), name) {
			continue
		}
		found++
		for role := range roles {
			if value := project.Services[role].Environment[name]; value == nil || *value != "" {
				t.Errorf("%s has %s", role, name)
			}
		}
	}
	if found < 4 {
		t.Errorf("only %d passwords were checked", found)
	}
}

// Every setting of docker-compose.yml and of its example is read: by a role, or by Compose.
func TestSettings_AreRead(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile(root + "docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	read := slices.Concat(config.Names(), names(t, ".env.example"), []string{"COMPOSE_PROFILES"})
	for _, name := range names(t, "deploy/env.example") {
		if !slices.Contains(read, name) && !strings.Contains(string(file), "${"+name+":") {
			t.Errorf("no role reads %s of deploy/env.example", name)
		}
	}
	project := load(t, cli.WithoutEnvironmentResolution)
	for role := range roles {
		for name, value := range project.Services[role].Environment {
			if !slices.Contains(read, name) && *value != "" {
				t.Errorf("%s does not read %s of docker-compose.yml", role, name)
			}
		}
	}
	example, err := os.ReadFile(root + "deploy/env.example")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range composed {
		if !strings.Contains(string(example), name) {
			t.Errorf("deploy/env.example does not explain that docker-compose.yml sets %s", name)
		}
	}
}

// Mail may go elsewhere: without its profile, the mail catcher does not run.
func TestMailCatcher_IsOptional(t *testing.T) {
	t.Parallel()
	if _, found := load(t).Services["mailpit"]; !found {
		t.Error("the mail catcher of deploy/env.example does not run")
	}
	set := environment(t)
	delete(set, "COMPOSE_PROFILES")
	project, err := parse(t, set)
	if err != nil {
		t.Fatal(err)
	}
	if _, found := project.Services["mailpit"]; found {
		t.Error("the mail catcher runs without its profile")
	}
	for name, service := range load(t).Services {
		if _, waits := service.DependsOn["mailpit"]; waits {
			t.Errorf("%s waits for the mail catcher", name)
		}
	}
}

// maxTemporalConnections is the limit of Temporal's image: 20 connections to the database
// and 10 to the visibility store in each of its four services.
const maxTemporalConnections = 4 * (20 + 10)

// PostgreSQL accepts the connections of Temporal and of all roles, and those of a
// migration, a release and the superuser.
func TestPostgres_AcceptsAllConnections(t *testing.T) {
	t.Parallel()
	project := load(t)
	_, limit, _ := strings.Cut(strings.Join(project.Services["postgresql"].Command, " "), "max_connections=")
	accepted, err := strconv.Atoi(limit)
	if err != nil {
		t.Fatal(err)
	}
	needed := maxTemporalConnections + 3
	for role := range roles {
		service := project.Services[role]
		c, err := config.Load(config.API, values(service))
		if err != nil {
			t.Fatal(err)
		}
		needed += service.GetScale() * c.DatabaseConnections
	}
	if accepted < needed {
		t.Errorf("PostgreSQL accepts %d connections, %d are needed", accepted, needed)
	}
}
