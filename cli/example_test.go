package cli_test

import (
	"os"
	"testing"

	"countersign/collaboration"
)

// The README's files can be read.
func TestTheExampleBatch(t *testing.T) {
	f, err := os.Open("../examples/batch.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, bad, err := collaboration.ParseBatch(f, "financial-overview")
	if err != nil || len(bad) != 0 || len(rows) != 3 || rows[2].Request.Contact == nil {
		t.Errorf("%+v, %+v, %v", rows, bad, err)
	}
}
