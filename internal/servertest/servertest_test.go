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

	"countersign/internal/servertest"
)

func TestPostgresGivesEveryTestItsOwnDatabase(t *testing.T) {
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
	db, err := sql.Open("pgx", servertest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// say sends one command on a connection of its own.
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

func TestRedisAnswersFreezesThawsAndStops(t *testing.T) {
	s := servertest.RedisServer(t)
	if answer, err := say(s.Addr, 5*time.Second, "PING"); answer != "+PONG" {
		t.Fatalf("running: %q, %v", answer, err)
	}
	s.Freeze()
	if answer, err := say(s.Addr, 100*time.Millisecond, "PING"); !os.IsTimeout(err) {
		t.Errorf("frozen: %q, %v; want a timeout", answer, err)
	}
	s.Thaw()
	if answer, err := say(s.Addr, 5*time.Second, "PING"); answer != "+PONG" {
		t.Errorf("thawed: %q, %v", answer, err)
	}
	s.Freeze() // a frozen one must stop as well
	s.Stop()
	if answer, err := say(s.Addr, 5*time.Second, "PING"); err == nil {
		t.Errorf("stopped: it answered %q", answer)
	}
}

func TestPostgresListensAtItsAddressToo(t *testing.T) {
	s, url := servertest.PostgresServer(t)
	var is [2]string
	for n, way := range []string{url, "postgres://postgres@" + s.Addr + "/postgres?sslmode=disable"} {
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

// Frozen, a server says nothing on a connection that it already has.
func TestPostgresFreezesAndThaws(t *testing.T) {
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

// What a server has said yes to is there after it was stopped, and after it was killed.
func TestServersComeBackWithWhatTheyHold(t *testing.T) {
	redis := servertest.RedisServer(t)
	postgres, url := servertest.PostgresServer(t)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, end := range map[string]func(*servertest.Server){"stopped": (*servertest.Server).Stop, "killed": (*servertest.Server).Kill} {
		if _, err := db.Exec("CREATE TABLE " + name + " (x INT)"); err != nil {
			t.Fatal(err)
		}
		if answer, err := say(redis.Addr, 5*time.Second, "SET "+name+" yes"); answer != "+OK" {
			t.Fatalf("%q, %v", answer, err)
		}
		for _, s := range []*servertest.Server{redis, postgres} {
			end(s)
		}
		if answer, err := say(redis.Addr, 5*time.Second, "PING"); err == nil {
			t.Errorf("%s: Redis answers %q", name, answer)
		}
		if err := db.Ping(); err == nil {
			t.Errorf("%s: PostgreSQL answers", name)
		}
		for _, s := range []*servertest.Server{redis, postgres} {
			s.Start()
		}
		if answer, err := say(redis.Addr, 5*time.Second, "EXISTS "+name); answer != ":1" {
			t.Errorf("%s: Redis has lost it: %q, %v", name, answer, err)
		}
		if _, err := db.Exec("SELECT * FROM " + name); err != nil {
			t.Errorf("%s: PostgreSQL has lost it: %v", name, err)
		}
	}
}

// TestNothingIsLeftBehind kills a test process that holds both servers.
func TestNothingIsLeftBehind(t *testing.T) {
	if dir := os.Getenv("SERVERTEST_CHILD"); dir != "" {
		servertest.Postgres(t)
		fmt.Println("up", servertest.Redis(t))
		select {} // until it is killed
	}
	openPostgres(t) // skips where there is no server
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
	if left, _ := os.ReadDir(dir); len(left) != 2 {
		t.Fatalf("%d folders while running, want 2", len(left))
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	child.Wait()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left, err := os.ReadDir(dir)
		if err == nil && len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind: %v, %v", left, err)
		}
	}
}
