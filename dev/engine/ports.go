package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"sync"
)

const loopback = "127.0.0.1"

// Any free port is one of these: below the range that systems hand out by
// themselves, to a listener or a connection, between our look and our use.
const firstFree, lastFree = 20_000, 32_000

// Reserve answers with a port that is free now: port itself, or any free one
// when it is 0. The error of a taken port names the flag that changes it.
func Reserve(port int, flag string) (int, error) {
	var held claim
	defer held.release()
	return held.take(port, flag)
}

// marks keep a port that was found from whoever else looks for one, here or in
// another process, before it is listened to. They go with this process.
type marks struct {
	mu   sync.Mutex
	kept []net.Listener
}

var marked marks

// mark is false where somebody has the port's mark: a name that on Linux is no
// file. Elsewhere there are none, and chance must do.
func (m *marks) mark(port int) bool {
	if runtime.GOOS != "linux" {
		return true
	}
	mark, err := net.Listen("unix", fmt.Sprintf("@countersign-port-%d", port))
	if err != nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.kept = append(m.kept, mark)
	return true
}

// claim holds the ports found so far, so that none is found twice.
type claim []net.Listener

func (c *claim) take(port int, flag string) (int, error) {
	if port == 0 {
		return c.any()
	}
	if err := c.hold(port); err != nil {
		return 0, fmt.Errorf("port %d is taken (is the stack already running?): choose another with -%s: %w", port, flag, err)
	}
	return port, nil
}

func (c *claim) any() (int, error) {
	for range 100 {
		// Marked first: a port that is somebody's may not be held for a moment either,
		// in which its owner, who was away, might come back.
		if port := firstFree + rand.IntN(lastFree-firstFree); marked.mark(port) && c.hold(port) == nil {
			return port, nil
		}
	}
	return 0, errors.New("found no free port")
}

func (c *claim) hold(port int) error {
	listener, err := net.Listen("tcp", address(port))
	if err == nil {
		*c = append(*c, listener)
	}
	return err
}

func (c *claim) release() {
	for _, listener := range *c {
		listener.Close()
	}
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
