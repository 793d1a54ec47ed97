package e2e_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"countersign/dev/login"
	"countersign/dev/stack"
)

// checked is what countersign check prints of a running stack.
func checked(t *testing.T, o *office, used stack.Options, role string, more ...string) (code int, said string) {
	t.Helper()
	return run(t, append([]string{
		"COUNTERSIGN_DATABASE_URL=" + used.DatabaseURL, "COUNTERSIGN_REDIS_URL=" + used.RedisURL, "COUNTERSIGN_PUBLIC_URL=" + o.at.API,
		"COUNTERSIGN_LINK_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "COUNTERSIGN_ENCRYPTION_KEYS=" + o.keys, "COUNTERSIGN_OIDC_ISSUER=" + o.at.Login, "COUNTERSIGN_OIDC_CLIENT_ID=" + login.ClientID,
		"COUNTERSIGN_MAIL=inbox", "COUNTERSIGN_INBOX_DIR=" + t.TempDir(), "COUNTERSIGN_MAIL_FROM=no-reply@countersign.example", "TEMPORAL_ADDRESS=" + o.at.Engine,
	}, more...), strings.Fields("check "+role)...)
}

// onRealParts starts a stack on real parts, and remembers which.
func onRealParts(t *testing.T, used *stack.Options) *office {
	return start(t, func(t *testing.T, o *stack.Options) {
		o.NoWorker = used.NoWorker
		parts[1].use(t, o)
		*used = *o
	})
}

func TestCheckOfAWholeStack(t *testing.T) {
	var used stack.Options
	o := onRealParts(t, &used)
	code, said := await(t, o, used, "", []string{
		"database ok PostgreSQL", "schema ok at version", "clock ok", "Redis ok version", "Temporal ok version", "namespace ok default", "search attributes ok all registered",
		"worker ok polls every queue", "OpenID provider ok is the issuer", "mail (inbox) ok would take mail", "public address ok an api is ready there",
	})
	if code != 0 || strings.Contains(said, "WRONG") {
		t.Errorf("exit code %d: %s", code, said)
	}
}

func TestCheckOfAnEngineThatLacksSomething(t *testing.T) {
	used := stack.Options{NoWorker: true}
	o := onRealParts(t, &used)
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: o.at.Engine, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer namespaces.Close()
	err = namespaces.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{Namespace: "bare", WorkflowExecutionRetentionPeriod: durationpb.New(24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, namespace, role string
		code                  int
		want                  []string
	}{
		{"nobody works", "default", "api", 1, []string{"worker WRONG none polls activations, mail, webhooks", "→ start countersign worker"}},
		{"who is to work", "default", "worker", 0, []string{"worker ok none polls activations, mail, webhooks yet"}},
		{"no such namespace", "nowhere", "worker", 1, []string{`namespace WRONG there is no namespace "nowhere"`, "TEMPORAL_NAMESPACE"}},
		{"a bare namespace", "bare", "worker", 1, []string{"search attributes WRONG not registered: AgreementEnds (Datetime), CustomerId (Keyword), OfficeId (Keyword), SolutionId (Keyword), State (Keyword)", "→ temporal operator search-attribute create --namespace bare"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code, said := await(t, o, used, tt.role, tt.want, "TEMPORAL_NAMESPACE="+tt.namespace); code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, said)
			}
		})
	}
}

// await checks until all of it is said: workers and namespaces take a moment.
func await(t *testing.T, o *office, used stack.Options, role string, want []string, more ...string) (code int, said string) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Second) {
		code, said = checked(t, o, used, role, more...)
		if all(said, want) {
			return code, said
		}
		if time.Now().After(end) {
			t.Fatalf("want %q, got %s", want, said)
		}
	}
}

// all reports whether it is all said, in whatever columns.
func all(said string, want []string) bool {
	said = strings.Join(strings.Fields(said), " ")
	return !slices.ContainsFunc(want, func(w string) bool { return !strings.Contains(said, w) })
}
