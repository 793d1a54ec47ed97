package e2e_test

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/servertest"
)

var fillings = flag.Int("fillings", 3, "how often TestTheDiskIsFull fills it")

// diskVariable tells this test program that it runs in a file system of its own.
const diskVariable = "COUNTERSIGN_E2E_DISK"

// diskSize has room for all that a stack writes in a test.
const diskSize = 64 << 20

// full is how long a disk stays so.
const full = 2 * time.Second

// The disk is full under all of a stack, the engine's files and the facts, again and
// again while activations come in and customers answer. Callers are told to try again
// and nothing else; with room again everything goes on by itself, and what was
// accepted is right.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	disk := onDisk(t)
	if disk == "" {
		return
	}
	t.Logf("to see this again: -fillings %d -seed %d", *fillings, theSeed())
	random := rand.New(rand.NewPCG(theSeed(), 0))
	const each = 8
	dir := filepath.Join(disk, "stack")
	o := startChild(t, childOrder{Dir: dir}).office()
	lives, w := o.lives(*fillings * each)
	lives[0].goOn(o, nil)
	o.await(lives[0].id, collaboration.AwaitingApproval)

	for n := range *fillings {
		now := lives[n*each:][:each]
		for _, l := range now[:each/2] { // these are to be answered
			for end := time.Now().Add(giveUp); l.id == "" && time.Now().Before(end); time.Sleep(again) {
				l.goOn(o, nil)
			}
			o.await(l.id, collaboration.AwaitingApproval)
		}
		// Every other time it is full from the beginning; else in the midst of what is
		// done, with room for the one or the other for a while.
		var going sync.WaitGroup
		begin := func() { going.Go(func() { goOnFor(o, dir, now, full+time.Second) }) }
		var empty func()
		if n%2 == 0 {
			empty = inflate(t, filepath.Join(disk, "balloon"), 0)
			begin()
		} else {
			begin()
			time.Sleep(time.Duration(random.Int64N(int64(500 * time.Millisecond))))
			empty = inflate(t, filepath.Join(disk, "balloon"), random.Int64N(400<<10))
		}
		time.Sleep(full)
		empty()
		going.Wait()
	}
	seen, _ := w.forget()
	t.Logf("while the disk was full: %s", troubles(seen))
	for s := range seen {
		if !s.good() && s.outcome != unavailable {
			t.Errorf("%s: %s", s.kind, s.outcome)
		}
	}
	if seen[sighting{activating, unavailable}] == 0 { // answers may wait for the engine instead
		t.Error("nobody is told to try again: this shows nothing")
	}
	began := time.Now()
	checkLives(t, o, dir, lives)
	t.Logf("all was right %s after there was room again", time.Since(began).Round(time.Millisecond))
}

// goOnFor has everybody try what there is to do, until the time is up.
func goOnFor(o *office, dir string, lives []*life, d time.Duration) {
	end := time.Now().Add(d)
	var all sync.WaitGroup
	defer all.Wait()
	for _, l := range lives {
		all.Go(func() {
			for time.Now().Before(end) && !l.goOn(o, inboxIn(o.t, dir)) {
				time.Sleep(again)
			}
		})
	}
}

// inflate fills what is left of a disk, but for a few bytes.
func inflate(t *testing.T, balloon string, butFor int64) (empty func()) {
	t.Helper()
	f, err := os.Create(balloon)
	must(t, err)
	defer f.Close()
	for zeros := make([]byte, 4096); err == nil; {
		_, err = f.Write(zeros)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not filled: %v", err)
	}
	size, err := f.Seek(0, io.SeekCurrent)
	must(t, err)
	must(t, f.Truncate(max(size-butFor, 0)))
	return func() { must(t, os.Remove(balloon)) }
}

// onDisk runs the test again as a process with a small disk of its own, and is
// where that is; "" in the process that has waited for the other.
func onDisk(t *testing.T) (dir string) {
	t.Helper()
	if dir = os.Getenv(diskVariable); dir != "" {
		err := errors.Join(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""),
			syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", diskSize)))
		if errors.Is(err, fs.ErrPermission) {
			servertest.Skip(t, "leave to mount a file system")
		}
		must(t, err)
		return dir
	}
	inside := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", "-fillings", fmt.Sprint(*fillings), "-seed", fmt.Sprint(theSeed()))
	inside.Env = append(os.Environ(), diskVariable+"="+t.TempDir())
	inside.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL, Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}, GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
	said, err := inside.CombinedOutput()
	switch {
	case errors.Is(err, fs.ErrPermission), strings.Contains(string(said), "--- SKIP"):
		servertest.Skip(t, "leave to mount a file system")
	case err != nil:
		t.Fatalf("%v: %s", err, said)
	}
	t.Logf("%s", said)
	return ""
}
