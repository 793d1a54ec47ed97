package migrations

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/pressly/goose/v3"

	"countersign/collaboration"
)

// Privileges are the rights of the api's and the worker's role on each table of
// PostgreSQL: exactly those that its statements need. The role owns nothing, so it can
// disable no trigger. It can add to the audit and read it, and after a recorded erasure
// delete the personal parts.
var Privileges = map[string]string{
	"offices":              "SELECT, INSERT, UPDATE",
	"office_logos":         "SELECT, INSERT, UPDATE, DELETE",
	"employees":            "SELECT, INSERT, UPDATE",
	"api_keys":             "SELECT, INSERT, UPDATE",
	"directory_changes":    "SELECT, INSERT",
	"customers":            "SELECT, INSERT, UPDATE",
	"tasks":                "SELECT, INSERT, UPDATE",
	"task_participants":    "SELECT, INSERT, DELETE",
	"activations":          "SELECT, INSERT, UPDATE",
	"activation_details":   "SELECT",
	"activations_in_phase": "SELECT",
	"access":               "SELECT, INSERT, UPDATE",
	"administrators":       "SELECT, INSERT, UPDATE, DELETE",
	"address_changes":      "SELECT, INSERT, DELETE",
	"subscriptions":        "SELECT, INSERT, UPDATE, DELETE",
	"audit":                "SELECT, INSERT",
	"audit_private":        "SELECT, INSERT, DELETE",
	"terms":                "SELECT, INSERT",
	"data_keys":            "SELECT, INSERT, UPDATE, DELETE",
	"erased_data_keys":     "SELECT, INSERT",
	"mail_deliveries":      "SELECT, INSERT, UPDATE, DELETE",
	"webhooks":             "SELECT, INSERT, UPDATE, DELETE",
	"idempotency_keys":     "SELECT, INSERT, UPDATE, DELETE",
	"batches":              "SELECT, INSERT, UPDATE, DELETE",
	"batch_rows":           "SELECT, INSERT, UPDATE, DELETE",
	goose.DefaultTablename: "SELECT",
}

// grant replaces the rights of the role in the transaction.
func grant(ctx context.Context, t *sql.Tx, role string) error {
	var schema, owner string
	if err := t.QueryRowContext(ctx, "SELECT current_schema(), current_user").Scan(&schema, &owner); err != nil {
		return err
	}
	if role == owner {
		return collaboration.Errorf(collaboration.CodeInternal, "the role %s owns the tables: the api and the worker need another role", role)
	}
	in, to := pgx.Identifier{schema}.Sanitize(), pgx.Identifier{role}.Sanitize()
	statements := []string{
		"REVOKE CREATE ON SCHEMA " + in + " FROM PUBLIC", // PostgreSQL 14 and older grant it
		"REVOKE ALL ON ALL TABLES IN SCHEMA " + in + " FROM PUBLIC, " + to,
		"GRANT USAGE ON SCHEMA " + in + " TO " + to,
	}
	for _, table := range slices.Sorted(maps.Keys(Privileges)) {
		statements = append(statements, "GRANT "+Privileges[table]+" ON "+in+"."+pgx.Identifier{table}.Sanitize()+" TO "+to)
	}
	for _, statement := range statements {
		if _, err := t.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("grants: %w", err)
		}
	}
	return nil
}
