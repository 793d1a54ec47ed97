package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pressly/goose/v3"

	"countersign/collaboration"
	"countersign/internal/servertest"
)

// What the first release kept.
const firstRelease = `
INSERT INTO offices (id, name) VALUES ('office-1', 'Ekströms Redovisning');
INSERT INTO employees (id, office_id, name, email, role) VALUES ('emp-maja', 'office-1', 'Maja Ekström', 'maja@ekstroms.example', 'manager');
INSERT INTO customers (id, office_id, organisation_number, name, name_key, created_at) VALUES ('c-1', 'office-1', '5592201007', 'Björks AB', 'bj|rks ab', '2026-11-01 08:00:00+00:00');
INSERT INTO tasks (id, customer_id, owner_id, name, is_open) VALUES ('t-1', 'c-1', 'emp-maja', 'Bokföring', TRUE);
INSERT INTO administrators (id, customer_id, name, email, phone, main_contact) VALUES ('a-1', 'c-1', 'Åsa', 'asa@bjorks.example', '070-1234567', TRUE);
INSERT INTO activations (id, office_id, customer_id, solution_id, task_id, scenario, state, invoice_recipient, period_start, period_month,
    agreement_months, locale, requested_by, requested_at, generation, sent_at, expires_at, delivery, invited_name, invited_email, updated_at)
VALUES ('aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb', 'office-1', 'c-1', 'financial-overview', 't-1', 'has_solution', 'awaiting_approval', 'office', 'on_approval', '',
    12, 'sv', 'emp-maja', '2026-11-01 08:00:00+00:00', 1, '2026-11-01 08:00:01+00:00', '2026-12-01 08:00:00+00:00', 'accepted', 'Åsa', 'asa@bjorks.example', '2026-11-01 08:00:01+00:00');
INSERT INTO mail_deliveries (id, activation_id, kind, generation, status, attempts, unknown, lease_until, to_id, to_email)
VALUES ('m-1', 'aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb', 'invitation', 1, 'accepted', 1, 0, '2026-11-01 08:00:30+00:00', 'a-1', 'asa@bjorks.example');
INSERT INTO audit (activation_id, sequence, step_key, action, actor, happened_at, detail)
VALUES ('aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb', 1, 'requested', 'requested', 'emp-maja', '2026-11-01 08:00:00+00:00', '{"scenario":"has_solution"}');
INSERT INTO audit (activation_id, sequence, step_key, action, actor, happened_at, detail)
VALUES ('aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb', 2, 'invitation_sent:1', 'invitation_sent', 'emp-maja', '2026-11-01 08:00:01+00:00', '{"generation":1,"delivery":"accepted"}');
`

// A database of the first release is brought up to date with everything in it,
// and what was under way goes on.
func TestUpgradeFromTheFirstRelease(t *testing.T) {
	raw, err := os.ReadFile("migrations/00001_facts.sql")
	must(t, err)
	first := string(raw)
	for name, place := range map[string]struct {
		driver, source, url string
		dialect             goose.Dialect
		words               *strings.Replacer
	}{
		"sqlite":   {driver: "sqlite", dialect: goose.DialectSQLite3, words: strings.NewReplacer("TIMESTAMPTZ", "TIMESTAMP", `COLLATE "C"`, "")},
		"postgres": {driver: "pgx", dialect: goose.DialectPostgres, words: strings.NewReplacer()},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "sqlite" {
				file := filepath.Join(t.TempDir(), "facts.db")
				place.source, place.url = "file:"+file, "sqlite:"+file
			} else {
				place.url = servertest.Postgres(t)
				place.source = place.url
			}
			old, err := sql.Open(place.driver, place.source)
			must(t, err)
			p, err := goose.NewProvider(place.dialect, old, fstest.MapFS{"00001_facts.sql": {Data: []byte(place.words.Replace(first))}}, goose.WithDisableGlobalRegistry(true))
			must(t, err)
			_, err = p.Up(ctx)
			must(t, err)
			for statement := range strings.SplitSeq(strings.TrimSpace(firstRelease), ";\n") {
				_, err := old.Exec(statement)
				must(t, err)
			}
			must(t, old.Close())

			b := open(t, place.url)
			must(t, b.Migrate(ctx))
			o := collaboration.Order{Activation: "aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb"}
			if r := b.record(t, o.Activation); r.State != collaboration.AwaitingApproval || r.InvitedEmail != "asa@bjorks.example" || r.CustomerName != "Björks AB" || r.TaskName != "Bokföring" {
				t.Errorf("record %+v", r)
			}
			if _, report := b.exported(t, o); report.Rows != 2 {
				t.Errorf("report %+v", report)
			}
			b.mailEvent(t, "m-1", collaboration.DeliveryDelivered)
			start := approval(o)
			start.Activation = o.Activation
			must(t, b.StartAgreement(ctx, start))
			b.wantAccess(t, o, "emp-maja")
			if r := b.record(t, o.Activation); r.State != collaboration.Active || r.Delivery != collaboration.DeliveryDelivered {
				t.Errorf("record %+v", r)
			}
			if _, report := b.exported(t, o); report.Rows != 5 {
				t.Errorf("report %+v", report)
			}
		})
	}
}
