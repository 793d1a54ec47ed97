package store_test

import (
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/auditkey"
	"countersign/internal/servertest"
	"countersign/internal/store"
	"countersign/internal/store/migrations"
)

// newPostgres returns a store on PostgreSQL.
func newPostgres(t *testing.T) backend {
	t.Helper()
	return open(t, seededPostgres(t))
}

// as opens the test's database with a role.
func (b backend) as(t *testing.T, role string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", servertest.As(b.url, role))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// forbiddenToProduct has statements with which the owner could rewrite the audit.
var forbiddenToProduct = map[string]string{
	"update":                  "UPDATE audit SET actor = 'nobody'",
	"update a signature":      "UPDATE audit SET key_id = '', signature = ''",
	"delete":                  "DELETE FROM audit",
	"truncate":                "TRUNCATE audit",
	"truncate with others":    "TRUNCATE activations CASCADE",
	"update a personal part":  "UPDATE audit_private SET private = '{}'",
	"truncate personal parts": "TRUNCATE audit_private",
	"upsert":                  "INSERT INTO audit SELECT * FROM audit WHERE sequence = 1 ON CONFLICT (activation_id, sequence) DO UPDATE SET actor = 'nobody'",
	"merge":                   "MERGE INTO audit a USING (SELECT 1) s ON TRUE WHEN MATCHED THEN DELETE",
	"lock":                    "SELECT * FROM audit FOR UPDATE",
	"disable a trigger":       "ALTER TABLE audit DISABLE TRIGGER audit_append_only",
	"disable all triggers":    "ALTER TABLE audit DISABLE TRIGGER ALL",
	"drop a trigger":          "DROP TRIGGER audit_append_only ON audit",
	"create a trigger":        "CREATE TRIGGER mine BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
	"replace a function":      "CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
	"create a table":          "CREATE TABLE mine (x INT)",
	"alter the table":         "ALTER TABLE audit ADD COLUMN note TEXT",
	"own the table":           "ALTER TABLE audit OWNER TO " + servertest.Product,
	"drop the table":          "DROP TABLE audit CASCADE",
	"drop the schema":         "DROP SCHEMA public CASCADE",
	"rename the table":        "ALTER TABLE audit RENAME TO other",
	"replica":                 "SET session_replication_role = replica",
	"become the owner":        "SET ROLE " + servertest.Owner,
	"become a superuser":      "ALTER ROLE " + servertest.Product + " SUPERUSER",
	"grant to itself":         "GRANT " + servertest.Owner + " TO " + servertest.Product,
}

// The role of the api and the worker cannot rewrite the audit. PostgreSQL rejects each
// statement before a trigger runs.
func TestRoles_ProductCannotRewriteAudit(t *testing.T) {
	t.Parallel()
	b := newPostgres(t)
	o := b.active(t, orderFor("c-1004"))
	before, _ := b.exported(t, o)
	db := b.as(t, servertest.Product)
	for name, statement := range forbiddenToProduct {
		_, err := db.Exec(statement)
		var denied *pgconn.PgError
		if !errors.As(err, &denied) || denied.Code != "42501" {
			t.Errorf("%s: %v, want insufficient_privilege", name, err)
		}
	}
	if after, _ := b.exported(t, o); after.LastHash != before.LastHash || len(after.Rows) != len(before.Rows) {
		t.Errorf("the audit has changed")
	}
	must(t, b.CheckRole(ctx))
}

// A temporary table cannot replace the audit in the triggers' functions.
func TestRoles_ProductCannotForgeErasure(t *testing.T) {
	t.Parallel()
	b := newPostgres(t)
	b.active(t, orderFor("c-1004"))
	db := b.as(t, servertest.Product)
	db.SetMaxOpenConns(1) // temporary tables belong to a connection
	for _, statement := range []string{
		"CREATE TEMPORARY TABLE audit AS SELECT activation_id, 1000 AS sequence, 'personal_data_erased' AS action FROM public.audit_private",
		"SELECT sequence FROM audit WHERE sequence = 1000",
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	if _, err := db.Exec("DELETE FROM audit_private"); err == nil || !strings.Contains(err.Error(), "append-only") {
		t.Errorf("deleted personal parts without a recorded erasure: %v", err)
	}
}

// The owner of the database disables the triggers, rewrites a row and computes every
// later hash again. The chain alone verifies, and the append-only product signs on top of
// it; the signatures and a signed head of before name the row.
func TestRoles_OwnersRewriteIsDetected(t *testing.T) {
	t.Parallel()
	signer, err := auditkey.New([][]byte{make([]byte, 32)}, nil)
	must(t, err)
	b := newPostgres(t)
	b.SignAudit(signer)
	o := b.active(t, orderFor("c-1004"))
	before, _ := b.exported(t, o)
	approved := slices.IndexFunc(before.Rows, func(r collaboration.AuditRow) bool { return r.Action == "agreement_started" })
	head := anchor.Of(o.Activation, before.Rows[approved])

	owner := b.as(t, servertest.Owner)
	for _, statement := range []string{"ALTER TABLE audit DISABLE TRIGGER USER"} {
		_, err := owner.Exec(statement)
		must(t, err)
	}
	forged := before.Rows[approved]
	forged.By = "emp-nils"
	previous := forged.Previous
	for i, row := range before.Rows[approved:] {
		if i == 0 {
			row = forged
		}
		row.Previous = previous
		row.Hash = row.ComputeHash(o.Activation)
		previous = row.Hash
		_, err := owner.Exec("UPDATE audit SET actor = $3, hash = $4 WHERE activation_id = $1 AND sequence = $2", string(o.Activation), row.Sequence, row.By, row.Hash)
		must(t, err)
	}
	_, err = owner.Exec("ALTER TABLE audit ENABLE TRIGGER USER")
	must(t, err)
	b.renewedAndEnded(t, o) // the product continues the rewritten chain

	after, report := b.exported(t, o) // the chain alone verifies
	if report.Rows <= len(before.Rows) || after.Rows[approved].By != "emp-nils" {
		t.Fatalf("the audit was not rewritten: %+v", after.Rows[approved])
	}
	name := "row " + strconv.Itoa(approved+1) + " (agreement_started)"
	for with, tt := range map[string]struct {
		heads []anchor.SignedHead
		want  []string
	}{
		"the public keys":       {nil, []string{name + " does not match its signature"}},
		"a receipt's head":      {[]anchor.SignedHead{head}, []string{name + " has the hash", name + " does not match its signature"}},
		"a head before the row": {[]anchor.SignedHead{anchor.Of(o.Activation, before.Rows[approved-1])}, []string{name + " does not match its signature"}},
	} {
		err := anchor.Check(after, signer.Keys(), tt.heads...)
		for _, want := range tt.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("with %s: %v, want %q", with, err, want)
			}
		}
	}
}

// withParameter creates another role: the privilege is one of the server, which other
// tests use.
const withParameter = `DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'with_parameter') THEN
	CREATE ROLE with_parameter LOGIN IN ROLE ` + servertest.Product + `;
	GRANT SET ON PARAMETER session_replication_role TO with_parameter; END IF; END $$`

// CheckRole names what a role could change.
func TestCheckRole_NamesPowers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		grant, role, want string
	}{
		"product":          {"SELECT 1", servertest.Product, ""},
		"owner":            {"SELECT 1", servertest.Owner, "owns the database, owns the schema, owns tables, owns functions of triggers, may update the audit, may delete from the audit, may truncate the audit, may create triggers on the audit"},
		"superuser":        {"SELECT 1", servertest.Superuser, "is a superuser"},
		"update":           {"GRANT UPDATE ON audit TO " + servertest.Product, servertest.Product, "may update the audit"},
		"update a column":  {"GRANT UPDATE (actor) ON audit TO " + servertest.Product, servertest.Product, "may update the audit"},
		"update private":   {"GRANT UPDATE ON audit_private TO " + servertest.Product, servertest.Product, "may update the audit"},
		"delete":           {"GRANT DELETE ON audit TO PUBLIC", servertest.Product, "may delete from the audit"},
		"truncate":         {"GRANT TRUNCATE ON audit TO " + servertest.Product, servertest.Product, "may truncate the audit"},
		"trigger":          {"GRANT TRIGGER ON audit TO " + servertest.Product, servertest.Product, "may create triggers on the audit"},
		"parameter":        {withParameter, "with_parameter", "may disable triggers with session_replication_role"},
		"ownership":        {"ALTER TABLE batches OWNER TO " + servertest.Product, servertest.Product, "owns tables"},
		"ownership of all": {"ALTER SCHEMA public OWNER TO " + servertest.Product, servertest.Product, "owns the schema"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newPostgres(t)
			_, err := b.raw.Exec(tt.grant)
			must(t, err)
			s, err := store.Open(ctx, servertest.As(b.url, tt.role))
			must(t, err)
			defer s.Close()
			err = s.CheckRole(ctx)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A migration takes back rights that it does not grant, and refuses one role for both.
func TestMigrate_GrantsExactly(t *testing.T) {
	t.Parallel()
	b := newPostgres(t)
	must(t, b.exec("GRANT ALL ON audit TO "+servertest.Product, "GRANT UPDATE ON audit TO PUBLIC", "REVOKE ALL ON offices FROM "+servertest.Product))
	must(t, b.Migrate(ctx))
	must(t, b.CheckRole(ctx))
	has := map[string]string{}
	rows, err := b.raw.Query(`SELECT table_name, string_agg(privilege_type::text, ', ' ORDER BY array_position(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE'], privilege_type::text))
		FROM information_schema.role_table_grants WHERE grantee IN ($1, 'PUBLIC') AND table_schema = 'public' GROUP BY table_name`, servertest.Product)
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var table, privileges string
		must(t, rows.Scan(&table, &privileges))
		has[table] = privileges
	}
	must(t, rows.Err())
	if !maps.Equal(has, migrations.Privileges) {
		t.Errorf("granted %v, want %v", has, migrations.Privileges)
	}
	s, err := store.Open(ctx, servertest.As(b.url, servertest.Owner), store.GrantTo(servertest.Owner))
	must(t, err)
	defer s.Close()
	if err := s.Migrate(ctx); err == nil || !strings.Contains(err.Error(), "owns the tables") {
		t.Errorf("one role for both: %v", err)
	}
}
