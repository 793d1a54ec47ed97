package e2e_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"google.golang.org/protobuf/types/known/durationpb"

	"countersign/dev/harness"
	"countersign/dev/harness/external"
	"countersign/dev/login"
	"countersign/dev/stack"
	"countersign/internal/eventually"
)

// check runs "countersign check" against a running stack, with more settings.
func check(t *testing.T, o *harness.Office, used stack.Options, role string, more ...string) (code int, output string) {
	t.Helper()
	return harness.RunCommand(t, append([]string{
		"COUNTERSIGN_DATABASE_URL=" + used.DatabaseURL, "COUNTERSIGN_REDIS_URL=" + used.RedisURL, "COUNTERSIGN_PUBLIC_URL=" + o.At.API,
		"COUNTERSIGN_LINK_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "COUNTERSIGN_AUDIT_KEYS=MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "COUNTERSIGN_ENCRYPTION_KEYS=" + o.EncryptionKeys, "COUNTERSIGN_OIDC_ISSUER=" + o.At.Login, "COUNTERSIGN_OIDC_CLIENT_ID=" + login.ClientID,
		"COUNTERSIGN_MAIL=smtp", "COUNTERSIGN_SMTP_TLS=none", "COUNTERSIGN_SMTP_ADDRESS=" + external.NewMailServer(t).Listen(harness.FreeAddress(t)), "COUNTERSIGN_MAIL_FROM=no-reply@countersign.example", "TEMPORAL_ADDRESS=" + o.At.Temporal, "TEMPORAL_NAMESPACE=" + o.At.Namespace,
	}, more...), strings.Fields("check "+role)...)
}

// startStackOnServers starts a stack on PostgreSQL and Redis and copies its options to
// used.
func startStackOnServers(t *testing.T, used *stack.Options) *harness.Office {
	return harness.StartStack(t, func(t *testing.T, o *stack.Options) {
		o.NoWorker = used.NoWorker
		harness.Backends[1].Use(t, o)
		*used = *o
	})
}

func TestCheck_ReportsHealthyStack(t *testing.T) {
	t.Parallel()
	var used stack.Options
	o := startStackOnServers(t, &used)
	code, output := awaitCheck(t, o, used, "", []string{
		"database ok PostgreSQL", "database writes ok", "schema ok version", "clock ok", "Redis ok version", "Temporal ok version", "namespace ok " + o.At.Namespace, "search attributes ok all registered",
		"worker ok polls every task queue", "OpenID provider ok issuer matches", "mail (smtp) ok accepts mail", "public URL ok an api is ready",
	})
	if code != 0 || strings.Contains(output, "FAILED") {
		t.Errorf("exit code %d: %s", code, output)
	}
}

func TestCheck_ReportsMissingParts(t *testing.T) {
	t.Parallel()
	used := stack.Options{NoWorker: true}
	o := startStackOnServers(t, &used)
	namespaces, err := client.NewNamespaceClient(client.Options{HostPort: o.At.Temporal, Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer namespaces.Close()
	for name, days := range map[string]int{"bare": 30, "forgetful": 1} {
		err := namespaces.Register(t.Context(), &workflowservice.RegisterNamespaceRequest{
			Namespace: name, WorkflowExecutionRetentionPeriod: durationpb.New(time.Duration(days) * 24 * time.Hour),
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name, namespace, role string
		code                  int
		want                  []string
	}{
		{"API without a worker", o.At.Namespace, "api", 1, []string{"worker FAILED no worker polls activations, mail, webhooks", "→ start countersign worker"}},
		{"worker that is not started", o.At.Namespace, "worker", 0, []string{"worker ok no worker polls activations, mail, webhooks yet"}},
		{"missing namespace", "nowhere", "worker", 1, []string{`namespace FAILED namespace "nowhere" does not exist`, "TEMPORAL_NAMESPACE"}},
		{"short retention", "forgetful", "worker", 1, []string{`namespace FAILED namespace "forgetful" keeps closed executions for 24h0m0s, which is shorter than 168h0m0s`, "extend its retention"}},
		{"namespace without search attributes", "bare", "worker", 1, []string{"search attributes FAILED not registered: AgreementEnds (Datetime), CustomerId (Keyword), OfficeId (Keyword), Phase (Keyword), SolutionId (Keyword), State (Keyword)", "→ temporal operator search-attribute create --namespace bare"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if code, output := awaitCheck(t, o, used, tt.role, tt.want, "TEMPORAL_NAMESPACE="+tt.namespace); code != tt.code {
				t.Errorf("exit code %d, want %d: %s", code, tt.code, output)
			}
		})
	}
}

// awaitCheck repeats the check until it prints every text: Temporal lists new pollers
// and namespaces after a delay.
func awaitCheck(t *testing.T, o *harness.Office, used stack.Options, role string, want []string, more ...string) (code int, output string) {
	t.Helper()
	eventually.OK(t, "the check prints every expected text", func() error {
		code, output = check(t, o, used, role, more...)
		words := strings.Join(strings.Fields(output), " ")
		for _, w := range want {
			if !strings.Contains(words, w) {
				return fmt.Errorf("no %q in %s", w, output)
			}
		}
		return nil
	})
	return code, output
}
