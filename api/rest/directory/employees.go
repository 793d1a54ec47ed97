package directory

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/directory"
)

// employees serves the employees of an office.
type employees struct{ handlers }

func (h employees) register(r endpoint.Groups) {
	endpoint.Get(r.Employees, "/v1/employees", opListEmployees, h.listEmployees)
	endpoint.Post(r.Managers, "/v1/employees", opAddEmployee, h.addEmployee)
	endpoint.Put(r.Managers, "/v1/employees/{id}", opPutEmployee, h.putEmployee)
	endpoint.Post(r.Managers, "/v1/employees/{id}/deactivate", opDeactivateEmployee, h.deactivateEmployee)
	endpoint.Post(r.Managers, "/v1/employees/{id}/activate", opActivateEmployee, h.activateEmployee)
	endpoint.Post(r.Managers, "/v1/employees/{id}/hand-over", opHandOver, h.handOver)
}

// EmployeeEntry is what the office says about an employee.
type EmployeeEntry struct {
	Name      string             `json:"name" example:"Nils Berg"`
	Email     string             `json:"email" example:"nils@ekstroms.example" doc:"The address that the OpenID provider verifies. It is unique among the employees of all offices."`
	Role      collaboration.Role `json:"role" example:"employee"`
	Reference string             `json:"reference,omitempty" example:"E-12" doc:"The office's own id of the employee."`
}

func (e EmployeeEntry) employee() directory.Employee {
	return directory.Employee{Name: e.Name, Email: e.Email, Role: e.Role, Reference: e.Reference}
}

// EmployeeView is an employee with the work that a leaver hands over.
type EmployeeView struct {
	ID string `json:"id" example:"emp-nils"`
	EmployeeEntry
	Active          bool `json:"active" doc:"A deactivated employee has no rights."`
	OpenTasks       int  `json:"open_tasks" doc:"The number of open tasks that the employee owns."`
	LiveActivations int  `json:"live_activations" doc:"The number of live activations that the employee sent."`
}

func viewEmployee(c directory.Colleague) EmployeeView {
	return EmployeeView{ID: c.ID, EmployeeEntry: EmployeeEntry{c.Name, c.Email, c.Role, c.Reference}, Active: c.DeactivatedAt.IsZero(),
		OpenTasks: c.OpenTasks, LiveActivations: c.LiveActivations}
}

// employeeOutput is an employee with its version.
type employeeOutput struct {
	Status int
	ETag   string `header:"ETag"`
	Body   EmployeeView
}

func respondEmployee(c directory.Colleague, added bool, err error) (*employeeOutput, error) {
	if err != nil {
		return nil, err
	}
	status := http.StatusOK
	if added {
		status = http.StatusCreated
	}
	return &employeeOutput{status, endpoint.ETag(c.Version), viewEmployee(c)}, nil
}

var opListEmployees = endpoint.Operation{ID: "list-employees", Tag: endpoint.TagEmployees, Summary: "List employees", Text: "The employees of the office by name, also the deactivated ones."}

func (h employees) listEmployees(ctx context.Context, _ *struct{}) (*endpoint.Response[endpoint.ListView[EmployeeView]], error) {
	all, err := h.directory.Employees(ctx, request.Employee(ctx))
	if err != nil {
		return nil, err
	}
	return endpoint.Respond(endpoint.List(all, "", viewEmployee)), nil
}

// The addresses differ, because each may be sent once.
var (
	newEmployeeExample = EmployeeEntry{Name: "Kim Holm", Email: "kim.holm@ekstroms.example", Role: collaboration.RoleEmployee}
	employeeExample    = EmployeeEntry{Name: "Eva Dal", Email: "eva.dal@ekstroms.example", Role: collaboration.RoleEmployee}
)

type addEmployeeInput struct {
	RawBody []byte `contentType:"application/json"`
}

var opAddEmployee = endpoint.Operation{ID: "add-employee", Tag: endpoint.TagEmployees, Summary: "Add an employee", Status: http.StatusCreated,
	Text:     "Adds an employee. The address can log in at once. Managers only.",
	Consumes: "application/json", Body: EmployeeEntry{}, Example: newEmployeeExample, Codes: []collaboration.Code{collaboration.CodeInvalidRequest}}

func (h employees) addEmployee(ctx context.Context, in *addEmployeeInput) (*employeeOutput, error) {
	body, invalid, err := endpoint.DecodeBody[EmployeeEntry](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	c, err := h.directory.AddEmployee(ctx, request.Employee(ctx), body.employee(), invalid)
	return respondEmployee(c, true, err)
}

// EmployeeKey names an employee in a path.
type EmployeeKey struct {
	Key string `path:"id" doc:"The employee: the id, or the office's own id." example:"E-12"`
}

type putEmployeeInput struct {
	EmployeeKey
	endpoint.IfMatchInput
	RawBody []byte `contentType:"application/json"`
}

func employeeCodes(more ...collaboration.Code) []collaboration.Code {
	return append(more, collaboration.CodeInvalidRequest, collaboration.CodeEmployeeNotFound)
}

var opPutEmployee = endpoint.Operation{ID: "put-employee", Tag: endpoint.TagEmployees, Summary: "Add or replace an employee",
	Text:     "Brings an employee to the given state, and adds one if the `reference` in the path is new. The last manager stays a manager. Managers only.",
	Consumes: "application/json", Body: EmployeeEntry{}, Example: employeeExample, Also: map[int]string{http.StatusCreated: "The employee was added."},
	Codes: employeeCodes(collaboration.CodeLastManager, collaboration.CodePreconditionFailed)}

func (h employees) putEmployee(ctx context.Context, in *putEmployeeInput) (*employeeOutput, error) {
	body, invalid, err := endpoint.DecodeBody[EmployeeEntry](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	c, added, err := h.directory.PutEmployee(ctx, request.Employee(ctx), in.Key, body.employee(), in.Precondition(), invalid)
	return respondEmployee(c, added, err)
}

// SuccessorRequest names the colleague that takes over an employee's work.
type SuccessorRequest struct {
	SuccessorID string `json:"successor_id,omitempty" example:"emp-maja" doc:"The id of the colleague."`
}

type successorInput struct {
	EmployeeKey
	RawBody []byte `contentType:"application/json"`
}

var opDeactivateEmployee = endpoint.Operation{ID: "deactivate-employee", Tag: endpoint.TagEmployees, Summary: "Deactivate an employee",
	Text:     "Removes all rights of an employee at once, with sessions, tokens and access to running collaborations. With a successor, the colleague takes over the open tasks and the live activations. The last manager cannot be deactivated. Managers only.",
	Consumes: "application/json", Body: SuccessorRequest{}, Example: SuccessorRequest{SuccessorID: "emp-maja"}, Codes: employeeCodes(collaboration.CodeLastManager)}

func (h employees) deactivateEmployee(ctx context.Context, in *successorInput) (*employeeOutput, error) {
	return h.withSuccessor(ctx, in, h.directory.DeactivateEmployee)
}

var opHandOver = endpoint.Operation{ID: "hand-over", Tag: endpoint.TagEmployees, Summary: "Hand over an employee's work",
	Text:     "Makes a colleague the owner of the employee's open tasks and the sender of the live activations. The colleague gets the access and the notifications. Managers only.",
	Consumes: "application/json", Body: SuccessorRequest{}, Example: SuccessorRequest{SuccessorID: "emp-maja"}, Codes: employeeCodes()}

func (h employees) handOver(ctx context.Context, in *successorInput) (*employeeOutput, error) {
	return h.withSuccessor(ctx, in, h.directory.HandOver)
}

type succession func(ctx context.Context, e collaboration.Employee, id, successor string, invalid []collaboration.FieldError) (directory.Colleague, error)

func (h employees) withSuccessor(ctx context.Context, in *successorInput, change succession) (*employeeOutput, error) {
	body, invalid, err := endpoint.DecodeBody[SuccessorRequest](h.schemas, in.RawBody)
	if err != nil {
		return nil, err
	}
	known, err := h.directory.Employee(ctx, request.Employee(ctx), in.Key)
	if err != nil {
		return nil, err
	}
	c, err := change(ctx, request.Employee(ctx), known.ID, body.SuccessorID, invalid)
	return respondEmployee(c, false, err)
}

var opActivateEmployee = endpoint.Operation{ID: "activate-employee", Tag: endpoint.TagEmployees, Summary: "Activate an employee again",
	Text: "Gives a deactivated employee the rights back. Managers only.", Codes: []collaboration.Code{collaboration.CodeEmployeeNotFound}}

func (h employees) activateEmployee(ctx context.Context, in *EmployeeKey) (*employeeOutput, error) {
	known, err := h.directory.Employee(ctx, request.Employee(ctx), in.Key)
	if err != nil {
		return nil, err
	}
	c, err := h.directory.ActivateEmployee(ctx, request.Employee(ctx), known.ID)
	return respondEmployee(c, false, err)
}
