package store_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"countersign/collaboration/directory"
)

// TestReads_WaitForNoTransaction: imports that hold every connection for transactions delay
// neither the reads of other offices nor the check of rights and of readiness.
func TestReads_WaitForNoTransaction(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		locked, err := b.raw.BeginTx(ctx, nil) // so that no import ends
		must(t, err)
		_, err = locked.Exec("UPDATE offices SET version = version WHERE id = $1", office)
		must(t, err)
		stopped, stop := context.WithCancel(ctx)
		var imports sync.WaitGroup
		for range 34 {
			imports.Go(func() {
				_, _ = b.OfficeDirectory().Import(stopped, maja, directory.ImportFile{Rows: parsed(t, customerFile)}, directory.ImportOptions{})
			})
		}
		defer imports.Wait()
		defer locked.Rollback()
		defer stop()
		for writers := b.Pools()["facts_writer"]; writers.Stats().WaitCount == 0; {
			time.Sleep(time.Millisecond)
		}
		read := func(name string, err error) {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		limited, cancel := context.WithTimeout(ctx, 30*time.Second)
		defer cancel()
		_, err = b.Person(limited, "sara@annan.example")
		read("the rights", err)
		_, err = b.Overview(limited, "office-2", noon)
		read("an overview", err)
		read("the readiness", b.Ping(limited))
	})
}
