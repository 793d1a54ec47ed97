package present_test

import (
	"fmt"
	"testing"

	"countersign/api/present"
	"countersign/collaboration"
)

// A customer of a list has 20 tasks at most, the open ones first, and says that there are
// others. The customer itself has all.
func TestNewListedCustomer_BoundsTasks(t *testing.T) {
	t.Parallel()
	var c collaboration.Customer
	for n := range 30 {
		c.Tasks = append(c.Tasks, collaboration.Task{ID: fmt.Sprint(n), Open: n >= 25})
	}
	listed := present.NewListedCustomer(c)
	if len(listed.Tasks) != 20 || !listed.MoreTasks || listed.Tasks[0].ID != "25" || listed.Tasks[5].ID != "0" {
		t.Errorf("more %v: %+v", listed.MoreTasks, listed.Tasks)
	}
	if all := present.NewCustomer(c); len(all.Tasks) != 30 || all.MoreTasks || all.Tasks[0].ID != "0" {
		t.Errorf("more %v: %+v", all.MoreTasks, all.Tasks)
	}
	c.Tasks = c.Tasks[:20]
	if few := present.NewListedCustomer(c); len(few.Tasks) != 20 || few.MoreTasks {
		t.Errorf("more %v: %+v", few.MoreTasks, few.Tasks)
	}
}
