package workflows_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/internal/temporalx"
	"countersign/workflows"
)

// The recorded histories must replay with the current code, because executions run for a year
// and more. dev/durability records them.
func TestReplay_RecordedHistories(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/histories/*/*.json")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 33 {
		t.Fatalf("only %d histories were found", len(files))
	}
	// A loaded machine would exceed the limit of the deadlock detection.
	replayer, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	if err != nil {
		t.Fatal(err)
	}
	replayer.RegisterWorkflowWithOptions(workflows.ActivationWorkflow, workflow.RegisterOptions{Name: temporalx.ActivationWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.NotificationWorkflow, workflow.RegisterOptions{Name: temporalx.NotificationWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.DirectoryMailWorkflow, workflow.RegisterOptions{Name: temporalx.DirectoryMailWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.BatchWorkflow, workflow.RegisterOptions{Name: temporalx.BatchWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.WebhookWorkflow, workflow.RegisterOptions{Name: temporalx.WebhookWorkflowType})
	replayer.RegisterWorkflowWithOptions(workflows.RetentionWorkflow, workflow.RegisterOptions{Name: temporalx.RetentionWorkflowType})
	quiet := log.NewStructuredLogger(slog.New(slog.DiscardHandler))
	for _, file := range files {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			if err := replayer.ReplayWorkflowHistoryFromJSONFile(quiet, file); err != nil {
				t.Error(err)
			}
		})
	}
}
