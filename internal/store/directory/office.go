package directory

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"countersign/internal/store/db"
)

// officeData is the directory of an office, read at the beginning of an import. The checks
// of a change then need no query. The functions that write keep it current.
type officeData struct {
	// colleagues are all employees by their addresses in lower case, isActive those with rights
	// by id.
	colleagues map[string]string
	isActive   map[string]bool
	// customers are by organisation number; the other maps are by customer or task.
	customers      map[string]db.Customer
	tasks          map[string][]db.Task
	participants   map[string][]string
	administrators map[string][]db.Administrator
	solutions      map[string][]string
	// raised are the customers with a version that the transaction has raised.
	raised map[string]bool
}

// readOffice reads the directory of the locked office.
func readOffice(ctx context.Context, q *db.Queries, officeID string) (*officeData, error) {
	o := &officeData{
		colleagues: map[string]string{}, isActive: map[string]bool{}, customers: map[string]db.Customer{}, tasks: map[string][]db.Task{},
		participants: map[string][]string{}, administrators: map[string][]db.Administrator{}, solutions: map[string][]string{}, raised: map[string]bool{},
	}
	for _, read := range []func(context.Context, *db.Queries, string) error{o.readPeople, o.readCustomers, o.readTasks} {
		if err := read(ctx, q, officeID); err != nil {
			return nil, err
		}
	}
	return o, nil
}

func (o *officeData) readPeople(ctx context.Context, q *db.Queries, officeID string) error {
	employees, err := q.EmployeesOfOffice(ctx, officeID)
	for _, e := range employees {
		o.colleagues[strings.ToLower(e.Email)] = e.ID
		o.isActive[e.ID] = !e.DeactivatedAt.Valid
	}
	return err
}

func (o *officeData) readCustomers(ctx context.Context, q *db.Queries, officeID string) error {
	customers, err := q.CustomersOfOffice(ctx, officeID)
	if err != nil {
		return err
	}
	for _, c := range customers {
		o.customers[c.OrganisationNumber] = c
	}
	administrators, err := q.AdministratorsOfOffice(ctx, officeID)
	if err != nil {
		return err
	}
	for _, a := range administrators {
		o.administrators[a.CustomerID] = append(o.administrators[a.CustomerID], a)
	}
	subscriptions, err := q.SolutionsOfOffice(ctx, officeID)
	for _, s := range subscriptions {
		o.solutions[s.CustomerID] = append(o.solutions[s.CustomerID], s.SolutionID)
	}
	return err
}

func (o *officeData) readTasks(ctx context.Context, q *db.Queries, officeID string) error {
	tasks, err := q.TasksOfOffice(ctx, officeID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		o.tasks[t.CustomerID] = append(o.tasks[t.CustomerID], t)
	}
	people, err := q.ParticipantsOfOffice(ctx, officeID)
	for _, p := range people {
		o.participants[p.TaskID] = append(o.participants[p.TaskID], p.EmployeeID)
	}
	return err
}

// lookup reads entries of an office: from the database, or in an import from what was read
// in advance.
type lookup struct {
	queries  *db.Queries
	officeID string
	office   *officeData // nil for the change of one entry
}

// tasksOf returns the tasks of a customer.
func (x lookup) tasksOf(ctx context.Context, customerID string) ([]db.Task, error) {
	if x.office != nil {
		return x.office.tasks[customerID], nil
	}
	return x.queries.TasksOfCustomer(ctx, customerID)
}

// administratorsOf returns the administrators of a customer.
func (x lookup) administratorsOf(ctx context.Context, customerID string) ([]db.Administrator, error) {
	if x.office != nil {
		return x.office.administrators[customerID], nil
	}
	return x.queries.AdministratorsOfCustomer(ctx, customerID)
}

// teamOf returns the owner and the participants of a task, sorted.
func (x lookup) teamOf(ctx context.Context, t db.Task) ([]string, error) {
	if x.office != nil {
		return sortedTeam(t.OwnerID, x.office.participants[t.ID]), nil
	}
	people, err := x.queries.Participants(ctx, t.ID)
	slices.Sort(people) // the database's order may depend on its locale
	return people, err
}

// customerByKey returns the id of a customer by one of its keys. An import knows customers by
// number alone; it sets no other key.
func (x lookup) customerByKey(ctx context.Context, key string) (id string, err error) {
	if x.office == nil {
		row, err := x.queries.CustomerByKey(ctx, keyOf(x.officeID, key))
		return row.ID, err
	}
	c, found := x.office.customers[key]
	if !found {
		return "", sql.ErrNoRows
	}
	return c.ID, nil
}

// markRaised marks a customer, and reports whether its version is still to be raised: an
// import raises it once.
func (o *officeData) markRaised(customerID string) bool {
	if o == nil {
		return true
	}
	isFirst := !o.raised[customerID]
	o.raised[customerID] = true
	return isFirst
}

// The functions that follow keep the data of an import current. Without an import they do
// nothing.

func (o *officeData) setCustomer(c db.Customer) {
	if o != nil {
		o.customers[c.OrganisationNumber] = c
	}
}

func (o *officeData) setTask(t db.Task) {
	if o == nil {
		return
	}
	all := o.tasks[t.CustomerID]
	if i := slices.IndexFunc(all, func(other db.Task) bool { return other.ID == t.ID }); i >= 0 {
		all[i] = t
		return
	}
	o.tasks[t.CustomerID] = append(all, t)
}

func (o *officeData) setParticipants(taskID string, employees []string) {
	if o != nil {
		o.participants[taskID] = employees
	}
}

func (o *officeData) setAdministrator(a db.Administrator) {
	if o == nil {
		return
	}
	all := o.administrators[a.CustomerID]
	if i := slices.IndexFunc(all, func(other db.Administrator) bool { return other.ID == a.ID }); i >= 0 {
		all[i] = a
		return
	}
	o.administrators[a.CustomerID] = append(all, a)
}
