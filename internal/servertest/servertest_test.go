package servertest_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"countersign/internal/eventually"
	"countersign/internal/servertest"
)

func TestPostgres_IsEmpty(t *testing.T) {
	t.Parallel()
	first, second := openPostgres(t), openPostgres(t)
	if _, err := first.Exec("CREATE TABLE t (x INT)"); err != nil {
		t.Fatal(err)
	}
	if _, err := second.Exec("SELECT * FROM t"); err == nil {
		t.Error("the second database has the first one's table")
	}
}

func openPostgres(t *testing.T) *sql.DB {
	t.Helper()
	return openURL(t, servertest.Postgres(t))
}

func openURL(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", servertest.As(url, servertest.Superuser))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// A copy has the template's rows and schema, also after another test changed it.
func TestPostgresFrom_CopiesTemplate(t *testing.T) {
	t.Parallel()
	prepared := 0
	prepare := func(url string) error {
		prepared++
		db, err := sql.Open("pgx", url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.Exec(`CREATE TABLE parent (id INT PRIMARY KEY, note TEXT, at TIMESTAMPTZ, raw BYTEA, twice INT GENERATED ALWAYS AS (id * 2) STORED);
			CREATE TABLE child (id INT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parent INT REFERENCES parent);
			CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'append-only'; END $$;
			CREATE TRIGGER append_only BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION refuse();
			INSERT INTO parent VALUES (1, 'it''s "å" \', '2026-03-10 12:00:00.123456+00', '\x00ff'), (2, NULL, NULL, NULL);
			INSERT INTO child (parent) VALUES (1)`)
		return err
	}
	const all = "SELECT (SELECT string_agg(p::text, ' ' ORDER BY id) FROM parent p) || (SELECT string_agg(c::text, ' ') FROM child c)"
	read := func(db *sql.DB) (rows, name string) {
		t.Helper()
		if err := db.QueryRow(all+", current_database()").Scan(&rows, &name); err != nil {
			t.Fatal(err)
		}
		return rows, name
	}
	var want, last string
	reused := false
	for _, step := range []struct {
		name, change string
		reused       bool // whether the next test gets this database
	}{
		{"rows", "INSERT INTO parent VALUES (3); INSERT INTO child (parent) VALUES (3); UPDATE parent SET note = 'x'; DELETE FROM parent WHERE id = 2", true},
		{"nothing", "SELECT 1", true},
		{"a trigger", "DROP TRIGGER append_only ON child", false},
		{"the same trigger", "DROP TRIGGER append_only ON child; CREATE TRIGGER append_only BEFORE DELETE ON child FOR EACH ROW EXECUTE FUNCTION refuse()", false},
		{"a function", "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN OLD; END $$", false},
		{"a column", "ALTER TABLE child ALTER parent SET NOT NULL", false},
		{"statistics", "ANALYZE", false},
		{"nothing again", "SELECT 1", true},
	} {
		t.Run(step.name, func(t *testing.T) {
			db, beside := openURL(t, servertest.PostgresFrom(t, "of two tables", prepare)), openURL(t, servertest.PostgresFrom(t, "of two tables", prepare))
			rows, name := read(db)
			if want == "" {
				want = rows
			}
			if rows != want {
				t.Errorf("it has %s, want %s", rows, want)
			}
			if (name == last) != reused {
				t.Errorf("database %s after %s, want the same: %t", name, last, reused)
			}
			last, reused = name, step.reused
			if _, err := db.Exec("DELETE FROM child"); err == nil {
				t.Error("the trigger is missing")
			}
			if _, err := db.Exec(step.change); err != nil {
				t.Fatal(err)
			}
			if rows, _ := read(beside); rows != want {
				t.Errorf("another copy has %s, want %s", rows, want)
			}
		})
	}
	if prepared != 1 {
		t.Errorf("prepared %d times", prepared)
	}
}

func TestRedisDatabase_IsEmpty(t *testing.T) {
	t.Parallel()
	numbers := map[string]bool{}
	for range 3 {
		t.Run("", func(t *testing.T) {
			for range 2 {
				url := servertest.RedisDatabase(t)
				addr, number, _ := strings.Cut(strings.TrimPrefix(url, "redis://"), "/")
				conn, err := net.Dial("tcp", addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				fmt.Fprintf(conn, "SELECT %s\r\nDBSIZE\r\nSET k v\r\n", number)
				replies := bufio.NewScanner(conn)
				for _, want := range []string{"+OK", ":0", "+OK"} {
					if !replies.Scan() || replies.Text() != want {
						t.Errorf("database %s: %q, want %q", number, replies.Text(), want)
					}
				}
				numbers[number] = true
			}
		})
	}
	if len(numbers) != 2 {
		t.Errorf("used the databases %v, want two of them again and again", numbers)
	}
}

// say sends one command on a new connection.
func say(addr string, patience time.Duration, command string) (string, error) {
	conn, err := net.DialTimeout("tcp", addr, patience)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, command+"\r\n")
	answer, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(answer), err
}

func TestRedisServer_FreezeThawStop(t *testing.T) {
	t.Parallel()
	s := servertest.RedisServer(t)
	if answer, err := say(s.Addr, eventually.Deadline, "PING"); answer != "+PONG" {
		t.Fatalf("running: %q, %v", answer, err)
	}
	s.Freeze()
	if answer, err := say(s.Addr, 100*time.Millisecond, "PING"); !os.IsTimeout(err) {
		t.Errorf("frozen: %q, %v; want a timeout", answer, err)
	}
	s.Thaw()
	if answer, err := say(s.Addr, eventually.Deadline, "PING"); answer != "+PONG" {
		t.Errorf("thawed: %q, %v", answer, err)
	}
	s.Freeze() // a frozen one must stop as well
	s.Stop()
	if answer, err := say(s.Addr, eventually.Deadline, "PING"); err == nil {
		t.Errorf("stopped: it answered %q", answer)
	}
}

func TestPostgresServer_ListensOnAddress(t *testing.T) {
	t.Parallel()
	s, url := servertest.PostgresServer(t)
	var is [2]string
	for n, way := range []string{servertest.As(url, servertest.Superuser), "postgres://postgres@" + s.Addr + "/postgres?sslmode=disable"} {
		db, err := sql.Open("pgx", way)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.QueryRow("SELECT coalesce(host(inet_server_addr()), 'socket') || ' ' || current_setting('data_directory')").Scan(&is[n]); err != nil {
			t.Fatal(err)
		}
	}
	if socket, tcp := is[0], is[1]; strings.Replace(socket, "socket", "127.0.0.1", 1) != tcp {
		t.Errorf("by its URL it is %s, at its address %s", socket, tcp)
	}
}

// A frozen server does not answer on existing connections either.
func TestPostgresServer_FreezeThaw(t *testing.T) {
	t.Parallel()
	s, url := servertest.PostgresServer(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	s.Freeze()
	answered := make(chan error, 1)
	go func() { answered <- conn.PingContext(context.Background()) }()
	select {
	case err := <-answered:
		t.Fatalf("frozen: it answered, %v", err)
	case <-time.After(200 * time.Millisecond):
	}
	s.Thaw()
	if err := <-answered; err != nil {
		t.Errorf("thawed: %v", err)
	}
	s.Freeze() // a frozen one must stop as well
	s.Stop()
}

// Acknowledged writes survive a stop and a kill.
func TestServers_KeepDataAcrossRestart(t *testing.T) {
	t.Parallel()
	redis := servertest.RedisServer(t)
	postgres, url := servertest.PostgresServer(t)
	db, err := sql.Open("pgx", servertest.As(url, servertest.Owner))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, end := range map[string]func(*servertest.Server){"stopped": (*servertest.Server).Stop, "killed": (*servertest.Server).Kill} {
		if _, err := db.Exec("CREATE TABLE " + name + " (x INT)"); err != nil {
			t.Fatal(err)
		}
		if answer, err := say(redis.Addr, eventually.Deadline, "SET "+name+" yes"); answer != "+OK" {
			t.Fatalf("%q, %v", answer, err)
		}
		for _, s := range []*servertest.Server{redis, postgres} {
			end(s)
		}
		if answer, err := say(redis.Addr, eventually.Deadline, "PING"); err == nil {
			t.Errorf("%s: Redis answers %q", name, answer)
		}
		if err := db.Ping(); err == nil {
			t.Errorf("%s: PostgreSQL answers", name)
		}
		for _, s := range []*servertest.Server{redis, postgres} {
			s.Start()
		}
		if answer, err := say(redis.Addr, eventually.Deadline, "EXISTS "+name); answer != ":1" {
			t.Errorf("%s: Redis has lost it: %q, %v", name, answer, err)
		}
		if _, err := db.Exec("SELECT * FROM " + name); err != nil {
			t.Errorf("%s: PostgreSQL has lost it: %v", name, err)
		}
	}
}

// A killed test process leaves no servers behind: neither PostgreSQL nor the shared Redis nor
// its other Redis.
func TestServers_EndWithKilledTest(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv("SERVERTEST_CHILD"); dir != "" {
		servertest.Postgres(t)
		servertest.RedisDatabase(t)
		fmt.Println("up", servertest.Redis(t))
		select {} // until it is killed
	}
	openPostgres(t) // skips without a server
	dir := t.TempDir()
	// PostgreSQL's own user must get there, too.
	for d := dir; d != os.TempDir() && d != "/"; d = d[:strings.LastIndex(d, "/")] {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	child.Env = append(os.Environ(), "SERVERTEST_CHILD=1", "TMPDIR="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.Contains(lines.Text(), "up 127.0.0.1") {
	}
	if left, _ := os.ReadDir(dir); len(left) != 3 {
		t.Fatalf("%d folders while running, want 3", len(left))
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	eventually.OK(t, "nothing is left behind", func() error {
		left, err := os.ReadDir(dir)
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("there are %v", left)
		}
		return err
	})
}
