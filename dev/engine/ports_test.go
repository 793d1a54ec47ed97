package engine_test

import (
	"runtime"
	"testing"

	"countersign/dev/engine"
)

// A port that was found is not found again, though nobody listens to it yet.
func TestNoPortIsFoundTwice(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has names for sockets that are no files")
	}
	found := map[int]bool{}
	for range 500 {
		port, err := engine.Reserve(0, "")
		if err != nil {
			t.Fatal(err)
		}
		if found[port] {
			t.Fatalf("port %d was found twice", port)
		}
		found[port] = true
	}
}
