package cli_test

import (
	"os"
	"testing"

	"countersign/internal/table"
)

func TestExampleBatch_IsValid(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../examples/batch.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, invalid, err := table.ReadBatch(f, "financial-overview")
	if err != nil || len(invalid) != 0 || len(rows) != 3 || rows[2].Request.Contact == nil {
		t.Errorf("%+v, %+v, %v", rows, invalid, err)
	}
}
