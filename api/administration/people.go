package administration

import (
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app"
	"countersign/internal/app/directory"
)

const peoplePath = "/office/people"

// people are the pages of the office's employees.
type people struct{ directory *directory.Directory }

// peoplePage lists the employees with their work.
type peoplePage struct {
	tabPage
	People []domain.Colleague
}

func (h people) list(v *page.Context) error {
	all, err := h.directory.Employees(v.Context(), request.Employee(v.Context()))
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, "office/people", peoplePage{newTabPage(v, "people"), all})
}

// employee returns the employee of the route.
func (h people) employee(v *page.Context) (domain.Colleague, error) {
	return h.directory.Employee(v.Context(), request.Employee(v.Context()), v.Param("id"))
}

// form returns a form about the employee of the route.
func (h people) form(v *page.Context, key string) (entry.Entry, domain.Colleague, error) {
	c, err := h.employee(v)
	return entry.Entry{Title: i18n.Text(v.Locale, key+".title", c.Name), Back: peoplePath, BackLabel: label(v.Locale, "people"), Note: "saved"}, c, err
}

// newEmployee is the form of a new employee.
type newEmployee struct{ people }

func (h newEmployee) Entry(v *page.Context) (entry.Entry, error) {
	return entry.Entry{Title: i18n.Text(v.Locale, "entry.employee.new"), Text: i18n.Text(v.Locale, "entry.employee.text"), Back: peoplePath, BackLabel: label(v.Locale, "people"),
		Fields: employeeFields(v.Locale, domain.Employee{Role: collaboration.RoleEmployee}), Button: i18n.Text(v.Locale, "entry.employee.add"), Note: "added"}, nil
}

func (h newEmployee) Save(v *page.Context, form *page.FormReader, _ app.Precondition) (string, error) {
	e := readEmployee(form)
	_, err := h.directory.AddEmployee(v.Context(), request.Employee(v.Context()), e, form.Invalid)
	return peoplePath, err
}

// editEmployee is the form of an employee, with the ways to the forms below.
type editEmployee struct{ people }

func (h editEmployee) Entry(v *page.Context) (entry.Entry, error) {
	e, c, err := h.form(v, "entry.employee.edit")
	if err != nil {
		return e, err
	}
	e.Version, e.Button = c.Version, i18n.Text(v.Locale, "entry.save")
	e.Fields = employeeFields(v.Locale, domain.Employee{Name: c.Name, Email: c.Email, Role: c.Role, Reference: c.Reference})
	add := func(path string) {
		e.Others = append(e.Others, entry.Link{To: peoplePath + "/" + c.ID + "/" + path, Label: i18n.Text(v.Locale, "entry.employee."+path)})
	}
	if c.OpenTasks+c.LiveActivations > 0 {
		add("hand-over")
	}
	if c.DeactivatedAt.IsZero() {
		add("deactivate")
	} else {
		add("activate")
	}
	return e, nil
}

func (h editEmployee) Save(v *page.Context, form *page.FormReader, p app.Precondition) (string, error) {
	e := readEmployee(form)
	_, err := h.directory.EditEmployee(v.Context(), request.Employee(v.Context()), v.Param("id"), e, p, form.Invalid)
	return peoplePath, err
}

func readEmployee(form *page.FormReader) domain.Employee {
	return domain.Employee{Name: form.Text("name"), Email: form.Text("email"), Role: collaboration.Role(form.Text("role")), Reference: form.Text("reference")}
}

func employeeFields(l collaboration.Locale, e domain.Employee) []view.Field {
	email := entry.Text(l, "email", e.Email)
	email.Type, email.Hint = "email", i18n.Text(l, "entry.employee.email.hint")
	role := view.Field{Name: "role", Label: i18n.Text(l, "entry.role"), Type: "radio", Value: string(e.Role), Required: true}
	for _, r := range []collaboration.Role{collaboration.RoleEmployee, collaboration.RoleManager} {
		role.Choices = append(role.Choices, view.Choice{Value: string(r), Label: i18n.Text(l, "role."+string(r)+".label")})
	}
	return []view.Field{entry.Text(l, "name", e.Name), email, role, entry.Reference(l, e.Reference)}
}

// deactivateEmployee removes all rights of an employee, after a confirmation.
type deactivateEmployee struct{ people }

func (h deactivateEmployee) Entry(v *page.Context) (entry.Entry, error) {
	e, c, err := h.form(v, "entry.employee.deactivate")
	if err != nil {
		return e, err
	}
	e.Text, e.Button, e.Grave = i18n.Text(v.Locale, "entry.employee.deactivate.text", c.OpenTasks, c.LiveActivations), i18n.Text(v.Locale, "entry.employee.deactivate"), true
	e.Fields, err = h.successor(v, c, false)
	return e, err
}

func (h deactivateEmployee) Save(v *page.Context, form *page.FormReader, _ app.Precondition) (string, error) {
	successor := form.Text("successor_id")
	_, err := h.directory.DeactivateEmployee(v.Context(), request.Employee(v.Context()), v.Param("id"), successor, form.Invalid)
	return peoplePath, err
}

// handOver gives the work of an employee to a colleague.
type handOver struct{ people }

func (h handOver) Entry(v *page.Context) (entry.Entry, error) {
	e, c, err := h.form(v, "entry.employee.hand-over")
	if err != nil {
		return e, err
	}
	e.Text, e.Button = i18n.Text(v.Locale, "entry.employee.hand-over.text", c.OpenTasks, c.LiveActivations), i18n.Text(v.Locale, "entry.employee.hand-over")
	e.Fields, err = h.successor(v, c, true)
	return e, err
}

func (h handOver) Save(v *page.Context, form *page.FormReader, _ app.Precondition) (string, error) {
	successor := form.Text("successor_id")
	_, err := h.directory.HandOver(v.Context(), request.Employee(v.Context()), v.Param("id"), successor, form.Invalid)
	return peoplePath, err
}

// successor returns the choice of a colleague that takes over the work; none for an
// employee without work.
func (h people) successor(v *page.Context, c domain.Colleague, required bool) ([]view.Field, error) {
	if c.OpenTasks+c.LiveActivations == 0 {
		return nil, nil
	}
	all, err := h.directory.Employees(v.Context(), request.Employee(v.Context()))
	if err != nil {
		return nil, err
	}
	f := view.Field{Name: "successor_id", Label: i18n.Text(v.Locale, "entry.successor_id"), Type: "select", Required: required, Choices: []view.Choice{{Label: i18n.Text(v.Locale, "entry.successor_id.none")}}}
	for _, other := range all {
		if other.ID != c.ID && other.DeactivatedAt.IsZero() {
			f.Choices = append(f.Choices, view.Choice{Value: other.ID, Label: other.Name})
		}
	}
	return []view.Field{f}, nil
}

// activateEmployee gives a deactivated employee the rights back.
type activateEmployee struct{ people }

func (h activateEmployee) Entry(v *page.Context) (entry.Entry, error) {
	e, _, err := h.form(v, "entry.employee.activate")
	e.Text, e.Button = i18n.Text(v.Locale, "entry.employee.activate.text"), i18n.Text(v.Locale, "entry.employee.activate")
	return e, err
}

func (h activateEmployee) Save(v *page.Context, _ *page.FormReader, _ app.Precondition) (string, error) {
	_, err := h.directory.ActivateEmployee(v.Context(), request.Employee(v.Context()), v.Param("id"))
	return peoplePath, err
}
