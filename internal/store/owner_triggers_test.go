package store_test

import (
	"testing"

	"countersign/collaboration"
)

// TestTaskOwner_MaintainedByTriggers: after any client's write, an activation has its
// task's owner.
func TestTaskOwner_MaintainedByTriggers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, b backend) {
		o := orderFor("c-1003")
		o.TaskID = "t-late"
		b.opened(t, o)
		execute := func(statement string) {
			t.Helper()
			_, err := b.raw.Exec(statement)
			must(t, err)
		}
		owned := func(when, owner string) {
			t.Helper()
			for _, employee := range []string{"emp-maja", "emp-nils"} {
				page, _, err := b.Activations(ctx, office, collaboration.ActivationFilter{TaskOwnerID: employee})
				must(t, err)
				if mine := employee == owner; (len(page) == 1) != mine || mine && page[0].TaskOwnerID != owner {
					t.Errorf("%s: %s has %+v", when, employee, page)
				}
			}
		}
		owned("before there is a task", "")
		execute("INSERT INTO tasks (id, office_id, customer_id, owner_id, name, is_open) VALUES ('t-late', 'office-1', 'c-1003', 'emp-nils', 'Bokslut', TRUE)")
		owned("once there is a task", "emp-nils")
		execute("UPDATE tasks SET owner_id = 'emp-maja' WHERE id = 't-late'")
		owned("after the task got another owner", "emp-maja")
		execute("UPDATE activations SET task_id = 't-1003-2'")
		owned("after it got another task", "emp-nils")
	})
}
