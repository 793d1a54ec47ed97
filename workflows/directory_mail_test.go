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

// directoryMails fakes the steps of a mail about a change of the directory.
type directoryMails struct {
	activities.Store
	activities.Mailer
	activities.Links
	reads, mails int
	read, send   func(attempt int) error
}

func (e *directoryMails) DirectoryMail(_ context.Context, m message.DirectoryMail) (collaboration.DirectoryMail, error) {
	e.reads++
	return collaboration.DirectoryMail{ID: m.ID}, e.read(e.reads)
}

func (e *directoryMails) SendDirectoryMail(context.Context, collaboration.DirectoryMail) (string, error) {
	e.mails++
	return "", e.send(e.mails)
}

func (*directoryMails) HomeURL() string { return "https://countersign.example/" }
func (*directoryMails) Allow() bool     { return true }

func TestDirectoryMail_SendsOnce(t *testing.T) {
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
		"stored a moment later":   {failing(collaboration.CodeNotFound, 3), never, 1, false},
		"never stored":            {failing(collaboration.CodeNotFound, always), never, 0, false},
		"the provider is down":    {never, failing(collaboration.CodeMailUnavailable, 4), 4, false},
		"the database is down":    {failing(collaboration.CodeUnavailable, 3), never, 1, false},
		"maybe sent":              {never, failing(collaboration.CodeMailUnconfirmed, always), 1, true},
		"the address is rejected": {never, failing(collaboration.CodeMailRejected, always), 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &directoryMails{read: c.read, send: c.send}
			env := (&testsuite.WorkflowTestSuite{}).NewTestWorkflowEnvironment()
			env.SetTestTimeout(time.Minute)
			a, _ := activities.New(e, e, e, e, collaboration.Catalogue{})
			env.RegisterActivity(a)
			env.ExecuteWorkflow(workflows.DirectoryMailWorkflow, message.DirectoryMail{Kind: collaboration.MailEmployeeAdded, OfficeID: "office-1", ID: "emp-1"})
			if err := env.GetWorkflowError(); !env.IsWorkflowCompleted() || (err != nil) != c.fails || e.mails != c.mails {
				t.Errorf("%d mails, want %d; %v", e.mails, c.mails, err)
			}
		})
	}
}
