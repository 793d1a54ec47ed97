package directory

import "countersign/collaboration"

// ImportOptions says how a file of customers is imported.
type ImportOptions struct {
	// Partial imports the valid lines even if others have errors. Without it, one error
	// rejects the file.
	Partial bool
	// Preview reports what the import would change, and changes nothing.
	Preview bool
	// CloseMissingTasks closes the open tasks that the file lacks, of the customers in the
	// file. With an error in any line, it closes none.
	CloseMissingTasks bool
}

// ImportCounts counts the changes of one kind of entry.
type ImportCounts struct{ Added, Changed, Closed int }

// ImportResult has what an import changed, or would change.
type ImportResult struct {
	Customers, Administrators, Tasks ImportCounts
	// Subscriptions counts the added subscriptions.
	Subscriptions int
	// Unchanged counts the lines without any change.
	Unchanged int
	// Changes are the first changes, in the order of the lines.
	Changes []ImportChange
	Errors  []collaboration.RowError
}

// MaxImportChanges bounds the changes that a result lists.
const MaxImportChanges = 100

// ImportChange is one change that a line of the file makes.
type ImportChange struct {
	Line int
	// Action is that of the audit row, such as task_edited.
	Action string
	// Customer is the customer's name, and Entry that of the task, the administrator or
	// the solution; "" for the customer itself.
	Customer, Entry string
	// Fields are the changed fields; nil for a new entry.
	Fields []string
}

// ImportFile has the lines of a file: the valid ones, and the errors of all others.
type ImportFile struct {
	Rows []collaboration.ImportRow
	Bad  []collaboration.RowError
}

// Made returns the number of changes.
func (r ImportResult) Made() int {
	n := r.Subscriptions
	for _, c := range []ImportCounts{r.Customers, r.Administrators, r.Tasks} {
		n += c.Added + c.Changed + c.Closed
	}
	return n
}

// Add counts a change, and lists it if it is one of the first.
func (r *ImportResult) Add(c ImportChange) {
	switch c.Action {
	case "customer_added":
		r.Customers.Added++
	case "customer_edited":
		r.Customers.Changed++
	case "administrator_added":
		r.Administrators.Added++
	case "administrator_edited":
		r.Administrators.Changed++
	case "task_added":
		r.Tasks.Added++
	case "task_edited":
		r.Tasks.Changed++
	case "task_closed":
		r.Tasks.Closed++
	case "subscription_added":
		r.Subscriptions++
	}
	if len(r.Changes) < MaxImportChanges {
		r.Changes = append(r.Changes, c)
	}
}
