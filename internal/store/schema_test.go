package store_test

import (
	"strings"
	"testing"
)

// forbiddenRows has one statement for each row that the schema must reject.
var forbiddenRows = map[string]string{
	// Values outside a closed set.
	"role":                         `UPDATE employees SET role = 'owner' WHERE id = 'emp-maja'`,
	"state":                        `UPDATE activations SET state = 'lost'`,
	"scenario":                     `UPDATE activations SET scenario = 'D'`,
	"invoice recipient":            `UPDATE activations SET invoice_recipient = 'bank'`,
	"delivery":                     `UPDATE activations SET delivery = 'maybe'`,
	"empty delivery":               `UPDATE activations SET delivery = ''`,
	"locale":                       `UPDATE activations SET locale = 'no'`,
	"start rule":                   `UPDATE activations SET period_start = 'yesterday'`,
	"chosen month without a month": `UPDATE activations SET period_month = NULL`,
	"agreement without months":     `UPDATE activations SET agreement_months = 0`,
	"generation":                   `UPDATE activations SET generation = -1`,
	"subscription's payer":         `UPDATE subscriptions SET invoice_recipient = ''`,
	"access":                       `UPDATE subscriptions SET access = 'some'`,
	"restricted before the end":    `UPDATE subscriptions SET access = 'none' WHERE ended_at IS NULL`,
	"kind of mail":                 `UPDATE mail_deliveries SET kind = 'postcard'`,
	"status of a mail":             `UPDATE mail_deliveries SET status = 'lost'`,
	"attempts":                     `UPDATE mail_deliveries SET attempts = -1`,
	"result of a row":              `INSERT INTO batch_rows (batch_id, line, organisation_number, request, result) VALUES ('b-1', 9, '', '{}', 'maybe')`,
	"key without its customer":     `INSERT INTO data_keys (id, subject, master_id, wrapped, created_at) VALUES ('k', 's', 'm', 'w', '2026-03-10 12:00:00+00:00')`,
	"employee without an address":  `UPDATE employees SET email = '' WHERE id = 'emp-maja'`,
	"program with an address":      `INSERT INTO employees (id, office_id, kind, name, email, role) VALUES ('key-1', 'office-1', 'program', 'n', 'n@office.example', 'employee')`,
	"program with a role":          `INSERT INTO employees (id, office_id, kind, name, email, role) VALUES ('key-1', 'office-1', 'program', 'n', '', 'manager')`,
	"program with a person's id":   `INSERT INTO employees (id, office_id, kind, name, email, role) VALUES ('emp-1', 'office-1', 'program', 'n', '', 'employee')`,
	"person with a program's id":   `INSERT INTO employees (id, office_id, kind, name, email, role) VALUES ('key-1', 'office-1', 'person', 'n', 'n@office.example', 'employee')`,
	"scope of a key":               `INSERT INTO api_keys (id, office_id, secret_hash, scope, created_by, created_at) VALUES ('emp-maja', 'office-1', 'h', 'all', 'emp-maja', '2026-03-10 12:00:00+00:00')`,

	// Rows that refer to a row of another office.
	"activation of another office's customer":  `UPDATE activations SET customer_id = 'c-2001'`,
	"activation moved to another office":       `UPDATE activations SET office_id = 'office-2'`,
	"activation by another office's employee":  `UPDATE activations SET requested_by = 'emp-sara'`,
	"activation with another office's owner":   `UPDATE activations SET owner_id = 'emp-sara'`,
	"task of another office's customer":        `UPDATE tasks SET customer_id = 'c-2001' WHERE id = 't-1001-1'`,
	"task of another office's employee":        `UPDATE tasks SET owner_id = 'emp-sara' WHERE id = 't-1001-1'`,
	"participant from another office":          `INSERT INTO task_participants (task_id, employee_id, office_id) VALUES ('t-1001-1', 'emp-sara', 'office-1')`,
	"access of another office's employee":      `UPDATE access SET employee_id = 'emp-sara' WHERE employee_id = 'emp-maja'`,
	"administrator by another's activation":    `UPDATE administrators SET created_by = (SELECT id FROM activations) WHERE id = 'a-2001'`,
	"subscription by another's activation":     `UPDATE subscriptions SET activated_by = (SELECT id FROM activations) WHERE customer_id = 'c-1001'`,
	"mail to another office's employee":        `UPDATE mail_deliveries SET employee_id = 'emp-sara'`,
	"mail of another office":                   `UPDATE mail_deliveries SET office_id = 'office-2'`,
	"audit of another office":                  `INSERT INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment) SELECT activation_id, 99, 'office-2', 'another', action, actor, happened_at, detail, hash, commitment FROM audit WHERE sequence = 1`,
	"batch by another office's employee":       `UPDATE batches SET created_by = 'emp-sara'`,
	"webhook by another office's employee":     `INSERT INTO webhooks (id, office_id, url, secret, key_id, created_by, created_at) VALUES ('w', 'office-1', 'u', 's', 'k-1', 'emp-sara', '2026-03-10 12:00:00+00:00')`,
	"key by another office's employee":         `INSERT INTO api_keys (id, office_id, secret_hash, scope, created_by, created_at) VALUES ('emp-maja', 'office-1', 'h', 'read', 'emp-sara', '2026-03-10 12:00:00+00:00')`,
	"key of another office's program":          `INSERT INTO api_keys (id, office_id, secret_hash, scope, created_by, created_at) VALUES ('emp-sara', 'office-1', 'h', 'read', 'emp-maja', '2026-03-10 12:00:00+00:00')`,
	"idempotency key of no office":             `INSERT INTO idempotency_keys (office_id, key, request_hash, activation_id, created_at) VALUES ('office-9', 'k', 'h', 'a', '2026-03-10 12:00:00+00:00')`,
	"customer that moved with its activations": `UPDATE customers SET office_id = 'office-2' WHERE id = 'c-1004'`,

	// Addresses, and rows that exist once.
	"second employee with an address":      `UPDATE employees SET email = 'MAJA@ekstroms.example' WHERE id = 'emp-sara'`,
	"second administrator with an address": `UPDATE administrators SET email = 'Ture@blabarsbageriet.example' WHERE id = 'a-1003'`,
	"second main contact":                  `UPDATE administrators SET main_contact = TRUE WHERE customer_id = 'c-1003'`,
	"second customer with a number":        `UPDATE customers SET organisation_number = '5592201007' WHERE id = 'c-1002'`,
	"audit row with another's sequence":    `INSERT INTO audit (activation_id, sequence, office_id, step_key, action, actor, happened_at, detail, hash, commitment) SELECT activation_id, 2, office_id, 'another', action, actor, happened_at, detail, hash, commitment FROM audit WHERE sequence = 1`,
	"second mail to the customer":          `INSERT INTO mail_deliveries (id, activation_id, office_id, kind, generation, number, status, attempts, unknown, lease_until, to_email) SELECT 'another', activation_id, office_id, kind, generation, number, status, attempts, unknown, lease_until, to_email FROM mail_deliveries`,
}

func TestSchema_RejectsForbiddenRows(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		b.active(t, orderFor("c-1004"))
		must(t, b.exec(`INSERT INTO data_keys (id, subject, master_id, wrapped, created_at) VALUES ('k-1', '', 'm', 'w', '2026-03-10 12:00:00+00:00')`))
		must(t, b.exec(`INSERT INTO batches (id, office_id, solution_id, created_by, created_at) VALUES ('b-1', 'office-1', 's', 'emp-maja', '2026-03-10 12:00:00+00:00')`))
		pool := b.Pools()["facts_writer"] // on SQLite the test's connection does not enforce foreign keys
		for name, statement := range forbiddenRows {
			_, err := pool.ExecContext(ctx, statement)
			if err == nil || !strings.Contains(err.Error(), "constraint") && !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
