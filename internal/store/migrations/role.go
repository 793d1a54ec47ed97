package migrations

import (
	"context"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/sqldb"
)

type power struct{ name, query string }

// powers has, for each way in which a role of PostgreSQL could change stored rows of the
// audit, a query that reports whether the role of the connection has it.
var powers = []power{
	{"is a superuser", `SELECT rolsuper FROM pg_roles WHERE rolname = current_user`},
	{"may create roles", `SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user`},
	{"owns the database", `SELECT pg_has_role(datdba, 'MEMBER') FROM pg_database WHERE datname = current_database()`},
	{"owns the schema", `SELECT pg_has_role(nspowner, 'MEMBER') FROM pg_namespace WHERE nspname = current_schema()`},
	{"owns tables", `SELECT COUNT(*) > 0 FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'v', 'p') AND pg_has_role(relowner, 'MEMBER')`},
	{"owns functions of triggers", `SELECT COUNT(*) > 0 FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND proname LIKE 'audit%' AND pg_has_role(proowner, 'MEMBER')`},
	{"may update the audit", `SELECT has_any_column_privilege('audit', 'UPDATE') OR has_any_column_privilege('audit_private', 'UPDATE')`},
	{"may delete from the audit", `SELECT has_table_privilege('audit', 'DELETE')`},
	{"may truncate the audit", `SELECT has_table_privilege('audit', 'TRUNCATE') OR has_table_privilege('audit_private', 'TRUNCATE')`},
	{"may create triggers on the audit", `SELECT has_table_privilege('audit', 'TRIGGER') OR has_table_privilege('audit_private', 'TRIGGER')`},
}

// parameterPower is a power that PostgreSQL has since version 15.
const (
	parameterPower   = "may disable triggers with session_replication_role"
	parameterQuery   = `SELECT has_parameter_privilege('session_replication_role', 'SET')`
	parameterVersion = 150000
)

// CheckRole returns an error if the role of the connection could change stored rows of the
// audit. SQLite has no roles.
func CheckRole(ctx context.Context, d *sqldb.DB) error {
	if d.IsSQLite() {
		return nil
	}
	var version int
	if err := d.Reader.QueryRowContext(ctx, "SELECT current_setting('server_version_num')::int").Scan(&version); err != nil {
		return err
	}
	powers := powers
	if version >= parameterVersion {
		powers = append(slices.Clip(powers), power{parameterPower, parameterQuery})
	}
	var has []string
	for _, power := range powers {
		var found bool
		if err := d.Reader.QueryRowContext(ctx, power.query).Scan(&found); err != nil {
			return err
		}
		if found {
			has = append(has, power.name)
		}
	}
	if len(has) == 0 {
		return nil
	}
	return collaboration.Errorf(collaboration.CodeInternal, "the database role %s", strings.Join(has, ", "))
}
