package servertest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"countersign/internal/eventually"
)

// startCluster starts the shared PostgreSQL of this test process. Its guard ends it with
// the process. Only ANALYZE gathers statistics, from all rows: otherwise chance would
// decide between query plans of nearly equal cost.
var startCluster = sync.OnceValues(func() (*postgresCluster, error) {
	return startPostgres("-c", "synchronous_commit=off", "-c", "autovacuum=off", "-c", "default_statistics_target=1000")
})

// cluster returns the shared PostgreSQL after it has started.
func cluster(t testing.TB) *postgresCluster {
	t.Helper()
	needPostgres(t)
	p, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	p.await(t, p.answers)
	return p
}

var databases atomic.Int64

// Roles of a PostgreSQL. A role of the product owns nothing: see As.
const (
	Superuser = "postgres"
	Owner     = "countersign_owner" // of the databases
	Product   = "countersign"
)

// As returns the URL of the same database with another role; SQLite has none.
func As(databaseURL, role string) string {
	if strings.HasPrefix(databaseURL, "sqlite:") {
		return databaseURL
	}
	u, err := url.Parse(databaseURL)
	if err != nil {
		panic(err)
	}
	query := u.Query()
	query.Set("user", role)
	u.RawQuery = query.Encode()
	return u.String()
}

// Postgres returns the URL of a new database for the test, with the role of the product.
func Postgres(t testing.TB) string {
	t.Helper()
	p := cluster(t)
	return p.database(t)
}

// database creates a database and drops it after the test.
func (p *postgresCluster) database(t testing.TB) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := p.execute("CREATE DATABASE " + name + " OWNER " + Owner); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.execute("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return As(p.url(name), Product)
}

// ClockBehind returns a URL of a PostgreSQL with a clock that appears to be an hour behind.
func ClockBehind(t testing.TB, url string) string {
	t.Helper()
	db, err := sql.Open("pgx", As(url, Superuser))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	_, err = db.Exec(`CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE SQL
		AS $$ SELECT pg_catalog.clock_timestamp() - interval '1 hour' $$`)
	if err != nil {
		t.Fatal(err)
	}
	return url + "&search_path=public,pg_catalog"
}

// PostgresServer starts a PostgreSQL until the end of the test, and returns the URL of a
// database at its socket, with the role of the product. Committed data survives a stop and
// a kill.
func PostgresServer(t testing.TB) (s *Server, url string) {
	t.Helper()
	needPostgres(t)
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	p, err := startPostgres("-h", "127.0.0.1", "-p", fmt.Sprint(port))
	if err != nil {
		t.Fatal(err)
	}
	p.port = port
	// TERM would wait for clients; after KILL the child processes would continue.
	s = serve(t, loopback(port), p.process, p.answers)
	s.stop, s.kill = "INT", "QUIT"
	if err := p.execute("CREATE DATABASE countersign OWNER " + Owner); err != nil {
		t.Fatal(err)
	}
	return s, As(p.url("countersign"), Product)
}

func needPostgres(t testing.TB) {
	t.Helper()
	if postgresProgram("initdb") == "" || postgresProgram("postgres") == "" {
		Skip(t, "PostgreSQL")
	}
}

// PostgresProgram returns the path of one of PostgreSQL's programs.
func PostgresProgram(t testing.TB, name string) string {
	t.Helper()
	path := postgresProgram(name)
	if path == "" {
		Skip(t, name)
	}
	return path
}

func postgresProgram(name string) string { return find(name, "/usr/lib/postgresql/*/bin/"+name) }

type postgresCluster struct {
	*process
	port int // also part of the socket's name
	// admin opens connections for CREATE and DROP DATABASE.
	admin func() (*sql.DB, error)
}

// startPostgres starts a PostgreSQL without fsync: committed data survives a kill of the
// process, not a crash of the machine.
func startPostgres(options ...string) (*postgresCluster, error) {
	as, err := notRoot()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "servertest-postgres-")
	if err != nil {
		return nil, err
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	initdb := exec.Command(postgresProgram("initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	// The socket is in its own directory and there is no port by default, so nothing can
	// collide.
	process, err := start(dir, as, append([]string{postgresProgram("postgres"), "-D", data, "-k", dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300"}, options...)...)
	if err != nil {
		return nil, err
	}
	p := &postgresCluster{process: process, port: 5432}
	p.admin = sync.OnceValues(func() (*sql.DB, error) { return sql.Open("pgx", p.url("postgres")) })
	return p, nil
}

// answers reports whether the server answers and has the roles.
func (p *postgresCluster) answers() error {
	return p.execute("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '" + Owner + "') THEN CREATE ROLE " + Owner + " LOGIN; CREATE ROLE " + Product + " LOGIN; END IF; END $$")
}

func (p *postgresCluster) url(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&port=%d&user=postgres&sslmode=disable", database, p.dir, p.port)
}

func (p *postgresCluster) execute(statement string) error {
	db, err := p.admin()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), eventually.Deadline)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// notRoot returns the user to run PostgreSQL as if the tests run as root, and nil otherwise.
func notRoot() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}
