package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/collaboration"
	"countersign/workflows"
)

// Every history that a release ever recorded must replay with today's code:
// runs live for a year and more. dev/e2e records them.
func TestRecordedHistoriesReplay(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 47 {
		t.Fatalf("only %d histories were found", len(files))
	}
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	replayer.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: collaboration.WorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.LetterWorkflow, workflow.RegisterOptions{Name: collaboration.LetterWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.BatchWorkflow, workflow.RegisterOptions{Name: collaboration.BatchWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.WebhookWorkflow, workflow.RegisterOptions{Name: collaboration.WebhookWorkflowType})
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(quiet, file); err != nil {
				t.Error(err)
			}
		})
	}
}
