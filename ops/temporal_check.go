package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/internal/temporalx"
)

// ServerVersion returns the version of the Temporal server.
func (t *Temporal) ServerVersion(ctx context.Context) (string, error) {
	info, err := t.client.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	return info.GetServerVersion(), err
}

// minRetention is the shortest retention of closed executions. Temporal refuses a second
// execution for the same effect only while it keeps the first one, and a mail is retried for
// a week.
const minRetention = 7 * 24 * time.Hour

// CheckNamespace returns an error if the namespace does not exist, or does not keep closed
// executions long enough.
func (t *Temporal) CheckNamespace(ctx context.Context) error {
	namespace, err := t.client.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: t.namespace})
	var missing *serviceerror.NamespaceNotFound
	if errors.As(err, &missing) {
		return fmt.Errorf("namespace %q does not exist", t.namespace)
	}
	if err != nil {
		return err
	}
	if retention := namespace.GetConfig().GetWorkflowExecutionRetentionTtl().AsDuration(); retention < minRetention {
		return fmt.Errorf("namespace %q keeps closed executions for %s, which is shorter than %s", t.namespace, retention, minRetention)
	}
	return nil
}

// CheckSearchAttributes returns an error that names the search attributes that the
// namespace lacks, or has with another type.
func (t *Temporal) CheckSearchAttributes(ctx context.Context) error {
	registered, err := t.client.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: t.namespace})
	if err != nil {
		return err
	}
	var wrong []string
	for name, want := range temporalx.SearchAttributeTypes() {
		if registered.GetCustomAttributes()[name] != want {
			wrong = append(wrong, name+" ("+want.String()+")")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("not registered: %s", strings.Join(wrong, ", "))
}
