package store_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/directory"
	"countersign/collaboration/message"
)

func TestChangedAccess_FindsGrantedAndRevoked(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		d, _ := directoryOf(t, b)
		before := time.Now().Add(-time.Hour)
		o := b.active(t, orderFor("c-1004")) // access since noon of an earlier day
		b.active(t, orderFor("c-1001"))
		changed := func(since time.Time) []collaboration.ActivationID {
			t.Helper()
			all, err := b.ChangedAccess(ctx, message.AccessChanges{OfficeID: office, Since: since})
			must(t, err)
			return all
		}
		if got := changed(before); len(got) != 0 {
			t.Errorf("without a change: %v", got)
		}
		task := b.record(t, o.Activation).TaskID
		must(t, d.EditTask(ctx, maja, "c-1004", task, directory.Task{Name: "Löpande bokföring", Owner: "emp-maja", Open: true}, nil))
		if got := changed(before); !slices.Equal(got, []collaboration.ActivationID{o.Activation}) {
			t.Errorf("after a revocation: %v", got)
		}
		if got := changed(time.Now().Add(time.Hour)); len(got) != 0 {
			t.Errorf("of the future: %v", got)
		}
	})
}
