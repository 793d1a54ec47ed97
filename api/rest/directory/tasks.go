package directory

import (
	"context"
	"net/http"

	"countersign/api/request"
	"countersign/api/rest/endpoint"
	"countersign/collaboration"
	"countersign/collaboration/directory"
)

func (h handlers) registerTasks(r endpoint.Groups) {
	endpoint.Post(r.Employees, "/v1/customers/{id}/tasks", opAddTask, h.addTask)
	endpoint.Put(r.Employees, "/v1/customers/{id}/tasks/{task}", opPutTask, h.putTask)
}

// TaskEntry is what the office says about a task.
type TaskEntry struct {
	Name         string   `json:"name" example:"Löpande bokföring"`
	Owner        string   `json:"owner" example:"maja@ekstroms.example" doc:"The responsible employee: the id, the office's own id, or the address."`
	Participants []string `json:"participants,omitempty" doc:"The other employees that work on the task, named like the owner."`
	Closed       bool     `json:"closed,omitempty" doc:"A task that a live activation is linked to cannot be closed."`
	Reference    string   `json:"reference,omitempty" example:"U-17" doc:"The office's own id of the task."`
}

func (e TaskEntry) task() directory.Task {
	return directory.Task{Name: e.Name, Owner: e.Owner, Participants: e.Participants, Open: !e.Closed, Reference: e.Reference}
}

var taskExample = TaskEntry{Name: "Löpande bokföring", Owner: "maja@ekstroms.example"}

type addTaskInput struct {
	CustomerKey
	endpoint.IfMatchInput
	RawBody []byte `contentType:"application/json"`
}

var opAddTask = endpoint.Operation{ID: "add-task", Tag: endpoint.TagCustomers, Summary: "Add a task to a customer", Status: http.StatusCreated,
	Text:     "Adds a task. The name of another open task of the customer is a duplicate.",
	Consumes: "application/json", Body: TaskEntry{}, Example: taskExample, Codes: changeCodes()}

func (h handlers) addTask(ctx context.Context, in *addTaskInput) (*customerOutput, error) {
	return changeCustomer(ctx, h, in.CustomerKey, in.RawBody, func(customer string, e TaskEntry, invalid []collaboration.FieldError) (added bool, err error) {
		_, err = h.directory.AddTask(ctx, request.Employee(ctx), customer, e.task(), in.Precondition(), invalid)
		return true, err
	})
}

type putTaskInput struct {
	CustomerKey
	Task string `path:"task" doc:"The task: its id, or the office's own id." example:"U-17"`
	endpoint.IfMatchInput
	RawBody []byte `contentType:"application/json"`
}

var opPutTask = endpoint.Operation{ID: "put-task", Tag: endpoint.TagCustomers, Summary: "Add or replace a task",
	Text:     "Brings a task to the given state, and adds it if the `reference` in the path is new. New owners and participants get access to the running collaborations of the task, and former ones lose it.",
	Consumes: "application/json", Body: TaskEntry{}, Example: taskExample, Also: map[int]string{http.StatusCreated: "The task was added."},
	Codes: changeCodes(collaboration.CodeTaskInUse, collaboration.CodeNotFound)}

func (h handlers) putTask(ctx context.Context, in *putTaskInput) (*customerOutput, error) {
	return changeCustomer(ctx, h, in.CustomerKey, in.RawBody, func(customer string, e TaskEntry, invalid []collaboration.FieldError) (added bool, err error) {
		_, added, err = h.directory.PutTask(ctx, request.Employee(ctx), customer, in.Task, e.task(), in.Precondition(), invalid)
		return added, err
	})
}
