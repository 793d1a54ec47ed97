package servertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"countersign/internal/eventually"
)

// PostgresFrom returns the URL of a database for the test, with the role of the product,
// and with the schema and the rows of the template of that name. prepare fills the
// template once in a test process; its URL has the owner's role. It must close its connections, because PostgreSQL copies no
// database that is in use; so must the test, before its cleanup ends.
//
// A later test gets the same database again, with the template's rows, unless the
// schema has changed: to create and drop a database takes longer than most tests.
func PostgresFrom(t testing.TB, name string, prepare func(url string) error) string {
	t.Helper()
	p := cluster(t)
	made, _ := templates.LoadOrStore(name, sync.OnceValues(func() (*template, error) { return p.template(prepare) }))
	from, err := made.(func() (*template, error))()
	if err != nil {
		t.Fatalf("template %s: %v", name, err)
	}
	d, err := from.acquire()
	if err != nil {
		t.Fatalf("copy template %s: %v", name, err)
	}
	t.Cleanup(func() {
		if err := from.release(d); err != nil {
			t.Errorf("reset a copy of template %s: %v", name, err)
		}
	})
	return As(p.url(d.name), Product)
}

var templates sync.Map // functions that return a *template, by its name

// template is a database of which tests get copies.
type template struct {
	cluster *postgresCluster
	name    string
	reset   string // the statements that restore the rows of a copy
	mu      sync.Mutex
	unused  []*databaseCopy
}

// databaseCopy is a copy of a template.
type databaseCopy struct {
	name   string
	admin  *sql.DB
	schema string // the fingerprint when it was created
}

func (p *postgresCluster) template(prepare func(url string) error) (*template, error) {
	made := &template{cluster: p, name: fmt.Sprintf("template_%d", databases.Add(1))}
	if err := p.execute("CREATE DATABASE " + made.name + " OWNER " + Owner); err != nil {
		return nil, err
	}
	if err := prepare(As(p.url(made.name), Owner)); err != nil {
		return nil, err
	}
	db, err := sql.Open("pgx", p.url(made.name))
	if err != nil {
		return nil, err
	}
	made.reset, err = resetStatements(db)
	return made, errors.Join(err, db.Close())
}

// acquire returns a copy that no test uses.
func (m *template) acquire() (*databaseCopy, error) {
	m.mu.Lock()
	if last := len(m.unused) - 1; last >= 0 {
		d := m.unused[last]
		m.unused = m.unused[:last]
		m.mu.Unlock()
		return d, nil
	}
	m.mu.Unlock()
	d := &databaseCopy{name: fmt.Sprintf("test_%d", databases.Add(1))}
	if err := m.cluster.execute(fmt.Sprintf("CREATE DATABASE %s OWNER %s TEMPLATE %s STRATEGY file_copy", d.name, Owner, m.name)); err != nil {
		return nil, err
	}
	var err error
	if d.admin, err = sql.Open("pgx", m.cluster.url(d.name)); err != nil {
		return nil, err
	}
	d.admin.SetMaxOpenConns(1)
	d.schema, err = fingerprint(d.admin)
	return d, err
}

// release makes a copy available again. It drops a copy with another schema.
func (m *template) release(d *databaseCopy) error {
	if _, err := d.admin.Exec("SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"); err != nil {
		return err
	}
	schema, err := fingerprint(d.admin)
	if err != nil {
		return err
	}
	if schema != d.schema {
		if err := d.admin.Close(); err != nil {
			return err
		}
		return m.cluster.execute("DROP DATABASE " + d.name + " WITH (FORCE)")
	}
	ctx, cancel := context.WithTimeout(context.Background(), eventually.Deadline)
	defer cancel()
	if _, err := d.admin.ExecContext(ctx, m.reset); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unused = append(m.unused, d)
	return nil
}

// fingerprint changes with each statement that changes the schema or the planner's
// statistics.
func fingerprint(db *sql.DB) (schema string, err error) {
	var parts []string
	for _, catalog := range []string{"pg_class", "pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_trigger", "pg_proc", "pg_namespace", "pg_rewrite", "pg_statistic"} {
		parts = append(parts, "(SELECT count(*) || ' ' || max(xmin::text::bigint) FROM "+catalog+")")
	}
	err = db.QueryRow("SELECT concat_ws(', ', " + strings.Join(parts, ", ") + ")").Scan(&schema)
	return schema, err
}

// resetStatements returns the statements that restore all rows of a database. They
// bypass its triggers and foreign keys, as a replica does.
func resetStatements(db *sql.DB) (string, error) {
	rows, err := db.Query(`SELECT c.oid::regclass::text, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
		WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg_%' AND n.nspname <> 'information_schema'
			AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
		GROUP BY c.oid`)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns := map[string]string{}
	for rows.Next() {
		var table, of string
		if err := rows.Scan(&table, &of); err != nil {
			return "", err
		}
		columns[table] = of
	}
	if err := rows.Err(); err != nil {
		return "", err
	}
	statements := []string{"BEGIN", "SET LOCAL session_replication_role = replica"}
	for table, of := range columns {
		statements = append(statements, "DELETE FROM "+table)
		var literal sql.NullString
		if err := db.QueryRow("SELECT quote_literal(json_agg(r)) FROM " + table + " r").Scan(&literal); err != nil {
			return "", err
		}
		if literal.Valid {
			statements = append(statements, fmt.Sprintf("INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %[2]s FROM json_populate_recordset(NULL::%[1]s, %[3]s)", table, of, literal.String))
		}
	}
	return strings.Join(append(statements, "COMMIT"), ";\n"), nil
}
