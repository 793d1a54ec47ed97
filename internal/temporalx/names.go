package temporalx

import (
	"fmt"

	"countersign/collaboration"
)

// The names of workflow types. Histories contain them.
const (
	// ActivationWorkflowType is the workflow of an activation.
	ActivationWorkflowType = "ActivationWorkflow"
	// NotificationWorkflowType retries a notification after a failed first attempt, or
	// sends one that the customer requested.
	NotificationWorkflowType = "NotificationWorkflow"
	// DirectoryMailWorkflowType sends one mail about a change of an office's directory.
	DirectoryMailWorkflowType = "DirectoryMailWorkflow"
	// AccessWorkflowType repeats changes of access at an external platform.
	AccessWorkflowType = "AccessWorkflow"
	// WebhookWorkflowType delivers one event to one webhook.
	WebhookWorkflowType = "WebhookWorkflow"
	// BatchWorkflowType starts the activations of a batch.
	BatchWorkflowType = "BatchWorkflow"
	// RetentionWorkflowType deletes old data. Its one execution has RetentionWorkflowID.
	RetentionWorkflowType = "RetentionWorkflow"
	RetentionWorkflowID   = "retention"
)

// The task queues.
const (
	// TaskQueue has the workflow tasks and all activities except mail and webhooks.
	TaskQueue = "activations"
	// MailTaskQueue has the mail that no local activity sends. Temporal limits its rate
	// across all workers.
	MailTaskQueue = "mail"
	// WebhookTaskQueue has the deliveries to webhooks. Slow webhooks do not delay other
	// activities.
	WebhookTaskQueue = "webhooks"
)

const (
	// Deployment is the name of the worker deployment.
	Deployment = "countersign"
	// StatusQuery returns a message.Status.
	StatusQuery = "status"
	// BatchSignal wakes the workflow of a batch for new pending rows.
	BatchSignal = "more"
	// ActivationMemo has the ActivationID of the execution. The workflow ID has only the
	// subject.
	ActivationMemo = "activation"
)

// BatchWorkflowID returns the workflow ID of a batch.
func BatchWorkflowID(id string) string { return "batch-" + id }

// CheckMemo returns an error if the memo of a workflow has an activation of another
// workflow. The SDK reads memos without a serialization context.
func CheckMemo(activation collaboration.ActivationID, workflowID string) error {
	if activation == "" || activation.WorkflowID() == workflowID {
		return nil
	}
	return fmt.Errorf("workflow %s has the memo of workflow %s", workflowID, activation.WorkflowID())
}

// The names of the search attributes.
const (
	SearchOffice       = "OfficeId"
	SearchCustomer     = "CustomerId"
	SearchSolution     = "SolutionId"
	SearchState        = "State"
	SearchPhase        = "Phase"
	SearchAgreementEnd = "AgreementEnds"
)
