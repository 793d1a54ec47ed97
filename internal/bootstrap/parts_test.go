package bootstrap

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/config"
	"countersign/internal/store/storetest"
)

func TestOpen_LimitsDatabaseConnections(t *testing.T) {
	t.Parallel()
	c := config.Config{
		DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "countersign.db"), DatabaseConnections: 5,
		LinkKeys: []config.Key{make([]byte, 32)}, AuditKeys: []config.Key{make([]byte, 32)}, EncryptionKeys: []config.MasterKey{{ID: "a", Key: make([]byte, 32)}},
	}
	p, err := open(t.Context(), config.API, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	most := 0
	for _, pool := range p.db.Pools() {
		most = max(most, pool.Stats().MaxOpenConnections)
	}
	if most != 2 {
		t.Errorf("a pool has up to %d connections, want half of 5", most)
	}
}

// The api and the worker sign every row of the audit that they write.
func TestOpen_SignsAudit(t *testing.T) {
	t.Parallel()
	c := config.Config{
		DatabaseURL: "sqlite:" + filepath.Join(t.TempDir(), "countersign.db"), DatabaseConnections: 5,
		LinkKeys: []config.Key{make([]byte, 32)}, AuditKeys: []config.Key{make([]byte, 32)}, EncryptionKeys: []config.MasterKey{{ID: "a", Key: make([]byte, 32)}},
	}
	p, err := open(t.Context(), config.API, c, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := p.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := storetest.Seed(t.Context(), c.DatabaseURL); err != nil {
		t.Fatal(err)
	}
	order := collaboration.Order{
		Activation: collaboration.NewActivationID("office-1", "c-1004", "financial-overview"), OfficeID: "office-1", CustomerID: "c-1004", SolutionID: "financial-overview",
		TaskID: "t-1004-1", Scenario: collaboration.NewCustomer, InvoiceRecipient: collaboration.PaidByOffice, AgreementMonths: 12,
		Period: collaboration.Period{Start: collaboration.OnApproval}, Locale: collaboration.Swedish, RequestedBy: "emp-maja", RequestedAt: time.Now(),
	}
	if err := p.db.OpenActivation(t.Context(), order); err != nil {
		t.Fatal(err)
	}
	file, err := p.db.Audit(t.Context(), order.Activation)
	if err := errors.Join(err, anchor.Check(file, p.audit.Keys())); err != nil || len(file.Rows) != 1 {
		t.Errorf("%d rows, %v", len(file.Rows), err)
	}
}

// The links of a mail keep the path of the public URL.
func TestMailLinks_KeepPublicPath(t *testing.T) {
	t.Parallel()
	l := mailLinks{base: "https://office.example/shared"}
	if got := l.ActivationURL("a-1"); got != "https://office.example/shared/activations/a-1" {
		t.Errorf("the office's page: %s", got)
	}
	if got := l.CollaborationURL("a-1"); got != "https://office.example/shared/my/collaborations/a-1" {
		t.Errorf("the customer's page: %s", got)
	}
}
