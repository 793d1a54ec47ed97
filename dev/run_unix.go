//go:build unix

package main

import (
	"os"
	"syscall"
)

// run replaces the launcher's process by the program, which then receives the signals.
func run(file string, arguments []string) error {
	return syscall.Exec(file, append([]string{file}, arguments...), os.Environ())
}
