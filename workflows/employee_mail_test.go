package workflows_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/testsuite"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
	"countersign/workflows"
)

// employees fakes the steps of the mail to a new employee.
type employees struct {
	activities.Store
	activities.Mailer
	activities.Links
	reads, mails int
	read, send   func(attempt int) error
}

func (e *employees) EmployeeMail(_ context.Context, _, id string) (collaboration.EmployeeMail, error) {
	e.reads++
	return collaboration.EmployeeMail{ID: id}, e.read(e.reads)
}

func (e *employees) SendEmployeeMail(context.Context, collaboration.EmployeeMail) (string, error) {
	e.mails++
	return "", e.send(e.mails)
}

func (*employees) HomeURL() string { return "https://countersign.example/" }
func (*employees) Allow() bool     { return true }

func TestEmployeeMail_SendsOnce(t *testing.T) {
	t.Parallel()
	never := func(int) error { return nil }
	failing := func(code collaboration.Code, until int) func(int) error {
		return func(attempt int) error {
			if attempt < until {
				return &collaboration.Error{Code: code}
			}
			return nil
		}
	}
	const always = 1 << 30
	for name, c := range map[string]struct {
		read, send func(int) error
		mails      int
		fails      bool
	}{
		"at once":                 {never, never, 1, false},
		"stored a moment later":   {failing(collaboration.CodeEmployeeNotFound, 3), never, 1, false},
		"never stored":            {failing(collaboration.CodeEmployeeNotFound, always), never, 0, false},
		"the provider is down":    {never, failing(collaboration.CodeMailUnavailable, 4), 4, false},
		"the database is down":    {failing(collaboration.CodeUnavailable, 3), never, 1, false},
		"maybe sent":              {never, failing(collaboration.CodeMailUnconfirmed, always), 1, true},
		"the address is rejected": {never, failing(collaboration.CodeMailRejected, always), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &employees{read: c.read, send: c.send}
			env := (&testsuite.WorkflowTestSuite{}).NewTestWorkflowEnvironment()
			env.SetTestTimeout(time.Minute)
			a, _ := activities.New(e, e, e, e, collaboration.Catalogue{})
			env.RegisterActivity(a)
			env.ExecuteWorkflow(workflows.EmployeeMailWorkflow, message.EmployeeMail{OfficeID: "office-1", EmployeeID: "emp-1"})
			if err := env.GetWorkflowError(); !env.IsWorkflowCompleted() || (err != nil) != c.fails || e.mails != c.mails {
				t.Errorf("%d mails, want %d; %v", e.mails, c.mails, err)
			}
		})
	}
}
