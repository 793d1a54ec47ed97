package port_test

import (
	"runtime"
	"testing"

	"countersign/dev/port"
)

func TestReserve_ReturnsEachPortOnce(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has abstract socket names")
	}
	reserved := map[int]bool{}
	for range 500 {
		p, err := port.Reserve(0, "")
		if err != nil {
			t.Fatal(err)
		}
		if reserved[p] {
			t.Fatalf("port %d was reserved twice", p)
		}
		reserved[p] = true
	}
}
