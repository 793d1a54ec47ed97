package port

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"sync"
)

// Loopback is the interface of every port.
const Loopback = "127.0.0.1"

// firstFree and lastFree bound the ports that Reservation chooses. They are below the
// range of ephemeral ports, so that the system gives no other program the port between
// Reserve and its use.
const firstFree, lastFree = 20_000, 32_000

// Address returns the host and port of a loopback port.
func Address(port int) string { return net.JoinHostPort(Loopback, strconv.Itoa(port)) }

// Reserve returns a port that is free now: port itself, or any free port when
// it is 0. The error of an occupied port names the flag that changes it.
func Reserve(port int, flag string) (int, error) {
	var reservation Reservation
	defer reservation.Release()
	return reservation.Add(port, flag)
}

// locks reserve the chosen ports until this process ends. Other processes with this
// package do not choose a locked port, even while no server listens on it yet.
type locks struct {
	mu   sync.Mutex
	held []net.Listener
}

var processLocks locks

// tryLock locks a port and reports success. The lock is an abstract socket name, which
// only Linux has. On other systems tryLock succeeds, and the random choice of the port
// makes collisions unlikely.
func (l *locks) tryLock(port int) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	name, err := net.Listen("unix", fmt.Sprintf("@countersign-port-%d", port))
	if err != nil {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, name)
	return true
}

// Reservation listens on its ports until Release, so that it gets no port twice.
type Reservation []net.Listener

// Add reserves one more port, like Reserve.
func (r *Reservation) Add(port int, flag string) (int, error) {
	if port == 0 {
		return r.addFree()
	}
	if err := r.listen(port); err != nil {
		return 0, fmt.Errorf("port %d is in use (is the stack already running?): choose another with -%s: %w", port, flag, err)
	}
	return port, nil
}

func (r *Reservation) addFree() (int, error) {
	for range 100 {
		// The lock comes first: a server that restarts on its locked port must not find
		// the port occupied, even for a moment.
		if port := firstFree + rand.IntN(lastFree-firstFree); processLocks.tryLock(port) && r.listen(port) == nil {
			return port, nil
		}
	}
	return 0, errors.New("no free port found")
}

func (r *Reservation) listen(port int) error {
	listener, err := net.Listen("tcp", Address(port))
	if err == nil {
		*r = append(*r, listener)
	}
	return err
}

// Release closes the listeners, so that servers can listen on the ports.
func (r *Reservation) Release() {
	for _, listener := range *r {
		listener.Close()
	}
}
