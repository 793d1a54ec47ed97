package servertest

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// cluster is the one PostgreSQL of this test process. Its guard ends it with
// the process.
var cluster = sync.OnceValues(func() (*postgresCluster, error) {
	p, err := startPostgres("-c", "synchronous_commit=off")
	if err != nil {
		return nil, err
	}
	if err := await(p.answers); err != nil {
		return nil, fmt.Errorf("PostgreSQL did not start: %w: %s", err, p.log())
	}
	return p, nil
})

var databases atomic.Int64

// Postgres is the URL of an empty database of the test's own.
func Postgres(t testing.TB) string {
	t.Helper()
	needPostgres(t)
	p, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if err := p.execute("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.execute("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
	})
	return p.url(name)
}

// ClockBehind is a PostgreSQL's URL for those to whom its clock is an hour behind.
func ClockBehind(t testing.TB, url string) string {
	t.Helper()
	db, err := sql.Open("pgx", url)
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

// PostgresServer starts a PostgreSQL that ends with the test, and is the URL of a
// database in it, by way of its socket. What it has committed outlives a stop and
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
	// TERM would wait for its clients; after KILL its children would go on.
	s = serve(t, "PostgreSQL", loopback(port), p.process, p.answers)
	s.stop, s.kill = "INT", "QUIT"
	return s, p.url("postgres")
}

func needPostgres(t testing.TB) {
	t.Helper()
	if postgresProgram("initdb") == "" || postgresProgram("postgres") == "" {
		Skip(t, "PostgreSQL")
	}
}

// PostgresProgram is the path of a program that comes with PostgreSQL.
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
	port int // which names the socket as well
}

// startPostgres starts one in which what is committed is as good as written, but
// for what the machine itself would lose.
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
	// A socket in its own folder and, unless asked for, no port: nothing to collide with.
	process, err := start(dir, as, append([]string{postgresProgram("postgres"), "-D", data, "-k", dir, "-h", "",
		"-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=300"}, options...)...)
	if err != nil {
		return nil, err
	}
	return &postgresCluster{process, 5432}, nil
}

func (p *postgresCluster) answers() error { return p.execute("SELECT 1") }

func (p *postgresCluster) url(database string) string {
	return fmt.Sprintf("postgres:///%s?host=%s&port=%d&user=postgres&sslmode=disable", database, p.dir, p.port)
}

func (p *postgresCluster) execute(statement string) error {
	db, err := sql.Open("pgx", p.url("postgres"))
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err = db.ExecContext(ctx, statement)
	return err
}

// notRoot is who PostgreSQL runs as where the tests are root's; nil otherwise.
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
