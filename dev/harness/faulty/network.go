package faulty

import (
	"context"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// Faults of a network in front of a healthy server.
const (
	Latency        = "latency"         // 30 to 270 ms before each write
	LowBandwidth   = "low bandwidth"   // 20 kB per second
	Fragmentation  = "fragmentation"   // segments of 40 to 120 bytes
	ConnectionLoss = "connection loss" // the server handles the request, and the connection is reset before its response
)

// Network is a TCP proxy in front of one server. It fails on demand.
type Network struct {
	t        *testing.T
	listener net.Listener
	server   string       // the address
	fault    atomic.Value // a string, empty without a fault
	done     context.Context
}

// StartNetwork starts a proxy without a fault, which closes when the test ends.
func StartNetwork(t *testing.T, server string) *Network {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done, end := context.WithCancel(context.Background())
	w := &Network{t: t, listener: listener, server: server, done: done}
	w.Heal()
	t.Cleanup(func() {
		end()
		listener.Close()
	})
	go w.accept()
	return w
}

// Address returns the proxy's address.
func (w *Network) Address() string { return w.listener.Addr().String() }

// SetFault sets the fault of new and existing connections.
func (w *Network) SetFault(fault string) { w.fault.Store(fault) }

// Heal removes the fault.
func (w *Network) Heal() { w.fault.Store("") }

func (w *Network) accept() {
	for {
		client, err := w.listener.Accept()
		if err != nil {
			return
		}
		go w.connect(client.(*net.TCPConn))
	}
}

func (w *Network) connect(client *net.TCPConn) {
	defer client.Close()
	conn, err := net.Dial("tcp", w.server)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	defer context.AfterFunc(w.done, func() { client.Close(); server.Close() })()
	requestsDone := make(chan struct{})
	go func() {
		defer close(requestsDone)
		w.copy(client, server, w.write)
	}()
	w.copy(server, client, func(to *net.TCPConn, data []byte) bool {
		if w.fault.Load() == ConnectionLoss {
			client.SetLinger(0) // closes with RST, as a failed middlebox does
			client.Close()
			server.Close()
			return false
		}
		return w.write(to, data)
	})
	<-requestsDone
}

// copy forwards one direction until the sender ends it or a write fails.
func (w *Network) copy(from, to *net.TCPConn, write func(*net.TCPConn, []byte) bool) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !write(to, buffer[:n]) {
			from.Close() // makes the sender's next write fail
			return
		}
		if err != nil {
			to.CloseWrite()
			return
		}
	}
}

// write reads the fault before each segment, so that Heal takes effect within a write.
func (w *Network) write(to *net.TCPConn, data []byte) bool {
	for len(data) > 0 {
		n := len(data)
		switch w.fault.Load() {
		case Latency:
			time.Sleep(30*time.Millisecond + rand.N(240*time.Millisecond))
		case LowBandwidth:
			n = min(n, 1000)
			time.Sleep(50 * time.Millisecond)
		case Fragmentation:
			n = min(n, 40+rand.N(80))
			time.Sleep(5 * time.Millisecond)
		}
		if _, err := to.Write(data[:n]); err != nil {
			return false
		}
		data = data[n:]
	}
	return true
}
