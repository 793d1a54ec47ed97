package rehearsal_test

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/dev/harness"
	"countersign/dev/harness/load"
	"countersign/internal/eventually"
	"countersign/internal/rehearsal"
	"countersign/internal/servertest"
)

var fillings = flag.Int("fillings", 3, "how often TestFullDisk fills the disk")

// diskVariable has the mount point of the small disk, in the process that has one.
const diskVariable = "COUNTERSIGN_REHEARSAL_DISK"

// diskSize is enough for everything that a stack writes in the test.
const diskSize = 64 << 20

// capSysAdmin is the capability to mount a file system.
const capSysAdmin = 21

// fullDuration is how long the disk stays full.
const fullDuration = 2 * time.Second

// The disk of a whole stack, with Temporal's files and the database, becomes full
// repeatedly during activations and customers' answers. Callers get 503
// and no other failure. After space is freed, the stack continues without a
// restart, and every accepted activation reaches its expected state.
func TestFullDisk(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	disk := smallDisk(t)
	if disk == "" {
		return
	}
	t.Logf("repeat this with -fillings %d -seed %d", *fillings, faultSeed())
	random := rand.New(rand.NewPCG(faultSeed(), 0))
	const each = 8
	dir := filepath.Join(disk, "stack")
	o := harness.StartChild(t, harness.ChildSpec{Dir: dir}).Office()
	lifetimes, recorder := load.Lifetimes(o, *fillings*each)
	lifetimes[0].Advance(o, nil)
	o.AwaitState(lifetimes[0].ID, collaboration.AwaitingApproval)

	for n := range *fillings {
		current := lifetimes[n*each:][:each]
		for _, l := range current[:each/2] { // the customers of these answer on a full disk
			eventually.True(t, "an activation is accepted", func() bool { l.Advance(o, nil); return l.ID != "" })
			o.AwaitState(l.ID, collaboration.AwaitingApproval)
		}
		// In every second round the disk is full from the beginning. In the others it
		// becomes full during the work, and has space for some writes.
		var working sync.WaitGroup
		begin := func() { working.Go(func() { advanceFor(o, dir, current, fullDuration+time.Second) }) }
		var empty func()
		if n%2 == 0 {
			empty = fillDisk(t, filepath.Join(disk, "filler"), 0)
			begin()
		} else {
			begin()
			time.Sleep(time.Duration(random.Int64N(int64(500 * time.Millisecond))))
			empty = fillDisk(t, filepath.Join(disk, "filler"), random.Int64N(400<<10))
		}
		time.Sleep(fullDuration)
		empty()
		working.Wait()
	}
	seen, _ := recorder.Reset()
	t.Logf("failures while the disk was full: %s", load.Failures(seen))
	for s := range seen {
		if !s.IsOK() && s.Outcome != load.OutcomeUnavailable {
			t.Errorf("%s: %s", s.Kind, s.Outcome)
		}
	}
	if seen[load.Observation{Kind: load.KindActivate, Outcome: load.OutcomeUnavailable}] == 0 {
		t.Error("no activation was answered 503: the full disk had no effect")
	}
	began := time.Now()
	load.CheckLifetimes(t, o, dir, lifetimes)
	t.Logf("every activation had its expected state %s after space was freed", time.Since(began).Round(time.Millisecond))
}

// "countersign check" reports a PostgreSQL with a full disk.
func TestFullDisk_FailsCheck(t *testing.T) {
	rehearsal.Only(t)
	t.Parallel()
	disk := smallDisk(t)
	if disk == "" {
		return
	}
	_, url := servertest.PostgresServer(t)
	space := filepath.Join(disk, "space")
	harness.NoError(t, os.Mkdir(space, 0o700))
	superuser, err := sql.Open("pgx", servertest.As(url, servertest.Superuser))
	harness.NoError(t, err)
	defer superuser.Close()
	for _, statement := range []string{"CREATE TABLESPACE small LOCATION '" + space + "'", "CREATE DATABASE small OWNER " + servertest.Owner + " TABLESPACE small"} {
		_, err := superuser.ExecContext(t.Context(), statement)
		harness.NoError(t, err)
	}
	const key = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	settings := []string{
		"COUNTERSIGN_DATABASE_URL=" + strings.Replace(url, "/countersign?", "/small?", 1), "COUNTERSIGN_PUBLIC_URL=http://localhost:1",
		"COUNTERSIGN_LINK_KEYS=" + key, "COUNTERSIGN_AUDIT_KEYS=" + key, "COUNTERSIGN_ENCRYPTION_KEYS=k1:" + key,
		"COUNTERSIGN_MAIL=smtp", "COUNTERSIGN_SMTP_TLS=none", "COUNTERSIGN_SMTP_ADDRESS=localhost:1", "COUNTERSIGN_MAIL_FROM=no-reply@countersign.example", "TEMPORAL_ADDRESS=localhost:1",
	}
	wantWrites := func(want string) {
		t.Helper()
		_, output := harness.RunCommand(t, settings, "check", "worker")
		if !slices.ContainsFunc(strings.Split(output, "\n"), func(line string) bool {
			return strings.Contains(strings.Join(strings.Fields(line), " "), want)
		}) {
			t.Errorf("no %q in\n%s", want, output)
		}
	}
	wantWrites("database writes ok")
	empty := fillDisk(t, filepath.Join(disk, "filler"), 0)
	wantWrites("database writes FAILED")
	wantWrites("free space on the database's disk")
	empty()
	wantWrites("database writes ok")
}

// advanceFor has the office and the customers of all lifetimes act for a duration.
func advanceFor(o *harness.Office, dir string, lifetimes []*load.Lifetime, duration time.Duration) {
	end := time.Now().Add(duration)
	var all sync.WaitGroup
	defer all.Wait()
	for _, l := range lifetimes {
		all.Go(func() {
			for time.Now().Before(end) && !l.Advance(o, load.MailsInInbox(o.T, dir)) {
				time.Sleep(harness.RetryPause)
			}
		})
	}
}

// fillDisk writes a file until the disk is full, and then frees some of its bytes.
func fillDisk(t *testing.T, file string, free int64) (empty func()) {
	t.Helper()
	f, err := os.Create(file)
	harness.NoError(t, err)
	defer f.Close()
	for zeros := make([]byte, 4096); err == nil; {
		_, err = f.Write(zeros)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	harness.NoError(t, err)
	harness.NoError(t, f.Truncate(max(size-free, 0)))
	return func() { harness.NoError(t, os.Remove(file)) }
}

// smallDisk runs the test again in a process that has its own small disk. It
// returns the disk's mount point in that process, and "" in the parent process
// after the child has passed.
func smallDisk(t *testing.T) (dir string) {
	t.Helper()
	if dir = os.Getenv(diskVariable); dir != "" {
		err := errors.Join(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
			syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)))
		if errors.Is(err, fs.ErrPermission) {
			servertest.Skip(t, "the permission to mount a file system")
		}
		harness.NoError(t, err)
		return dir
	}
	child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-fillings", fmt.Sprint(*fillings), "-seed", fmt.Sprint(faultSeed()))
	child.Env = append(os.Environ(), diskVariable+"="+t.TempDir())
	child.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		// PostgreSQL refuses to run as root. Another user needs the capability by name.
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 1, HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{ContainerID: 1, HostID: os.Getgid(), Size: 1}},
		AmbientCaps: []uintptr{capSysAdmin},
	}
	output, err := child.CombinedOutput()
	switch {
	case errors.Is(err, fs.ErrPermission), strings.Contains(string(output), "--- SKIP"):
		servertest.Skip(t, "the permission to mount a file system")
	case err != nil:
		t.Fatalf("%v; the last lines of its output:\n%s", err, lastLines(string(output)))
	}
	t.Logf("%s", lastLines(string(output)))
	return ""
}

// lastLines returns as many lines of a child's output as fit on a screen.
func lastLines(output string) string {
	const screen = 40
	lines := strings.Split(strings.TrimRight(output, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-screen):], "\n")
}
