package engine

import (
	"fmt"
	"net"
	"strconv"
)

const loopback = "127.0.0.1"

// Reserve answers with a port that is free now: port itself, or any free one
// when it is 0. The error of a taken port names the flag that changes it.
func Reserve(port int, flag string) (int, error) {
	listener, err := net.Listen("tcp", address(port))
	if err != nil {
		return 0, fmt.Errorf("port %d is taken (is the stack already running?): choose another with -%s: %w", port, flag, err)
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// freePorts answers with n different ports. All are held until the last is
// found, or the system might hand out the same one twice.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		listener, err := net.Listen("tcp", address(0))
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer listener.Close()
		ports[i] = listener.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

func address(port int) string { return net.JoinHostPort(loopback, strconv.Itoa(port)) }
