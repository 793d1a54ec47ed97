package directory

import (
	"slices"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/request"
	"countersign/api/view"
	domain "countersign/collaboration/directory"
	"countersign/internal/app"
)

// newTask is the form of a new task.
type newTask struct{ pages }

func (h newTask) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	fields, err := h.taskFields(v, domain.Task{Owner: v.Person.Employee.ID, Open: true})
	return entry.Entry{Title: i18n.Text(v.Locale, "entry.task.new", c.Name), Back: tasksOf(c.ID), BackLabel: c.Name, Version: c.Version,
		Fields: fields, Button: i18n.Text(v.Locale, "entry.task.add"), Note: "added"}, err
}

func (h newTask) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	id := v.Param("id")
	t := readTask(v, form)
	t.Open = true
	_, err := h.directory.AddTask(v.Context(), request.Employee(v.Context()), id, t, p, form.Invalid)
	return tasksOf(id), err
}

// editTask is the form of a task.
type editTask struct{ pages }

func (h editTask) Entry(v *page.Context) (entry.Entry, error) {
	c, err := h.customer(v)
	if err != nil {
		return entry.Entry{}, err
	}
	t, err := task(c, v.Param("task"))
	if err != nil {
		return entry.Entry{}, err
	}
	fields, err := h.taskFields(v, domain.Task{Name: t.Name, Owner: t.OwnerID, Participants: c.Participants[t.ID], Open: t.Open, Reference: t.Reference})
	if err != nil {
		return entry.Entry{}, err
	}
	status := view.Field{Name: "status", Label: i18n.Text(v.Locale, "office.customer.status"), Type: "radio", Value: "open", Hint: i18n.Text(v.Locale, "entry.task.status.hint"),
		Choices: []view.Choice{{Value: "open", Label: i18n.Text(v.Locale, "office.customer.task.open")}, {Value: "closed", Label: i18n.Text(v.Locale, "office.customer.task.closed")}}}
	if !t.Open {
		status.Value = "closed"
	}
	return entry.Entry{Title: i18n.Text(v.Locale, "entry.task.edit", t.Name), Back: tasksOf(c.ID), BackLabel: c.Name, Version: c.Version,
		Fields: slices.Insert(fields, 1, status), Button: i18n.Text(v.Locale, "entry.save"), Note: "saved"}, nil
}

func (h editTask) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	id := v.Param("id")
	t := readTask(v, form)
	t.Open = form.Text("status") != "closed"
	return tasksOf(id), h.directory.EditTask(v.Context(), request.Employee(v.Context()), id, v.Param("task"), t, p, form.Invalid)
}

func tasksOf(customerID string) string { return "/customers/" + customerID + "/tasks" }

func readTask(v *page.Context, form *page.FormReader) domain.Task {
	return domain.Task{Name: form.Text("name"), Owner: form.Text("owner"), Participants: v.FormValues()["participants"], Reference: form.Text("reference")}
}

// taskFields returns the fields of a task. It offers the employees with rights, and those
// who work on the task already.
func (h pages) taskFields(v *page.Context, t domain.Task) ([]view.Field, error) {
	employees, err := h.directory.Employees(v.Context(), request.Employee(v.Context()))
	if err != nil {
		return nil, err
	}
	owner := entry.Text(v.Locale, "owner", t.Owner)
	owner.Type = "select"
	participants := view.Field{Name: "participants", Label: i18n.Text(v.Locale, "entry.participants"), Hint: i18n.Text(v.Locale, "entry.participants.hint"), Type: "checkboxes", Values: t.Participants}
	for _, e := range employees {
		if e.DeactivatedAt.IsZero() || e.ID == t.Owner {
			owner.Choices = append(owner.Choices, view.Choice{Value: e.ID, Label: e.Name})
		}
		if e.DeactivatedAt.IsZero() || slices.Contains(t.Participants, e.ID) {
			participants.Choices = append(participants.Choices, view.Choice{Value: e.ID, Label: e.Name})
		}
	}
	name := entry.Text(v.Locale, "name", t.Name)
	name.Hint = i18n.Text(v.Locale, "entry.task.name.hint")
	return []view.Field{name, owner, participants, entry.Reference(v.Locale, t.Reference)}, nil
}
