package ops

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// CheckNamespace returns an error if the namespace does not exist.
func (t *Temporal) CheckNamespace(ctx context.Context) error {
	_, err := t.client.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: t.namespace})
	var missing *serviceerror.NamespaceNotFound
	if errors.As(err, &missing) {
		return fmt.Errorf("namespace %q does not exist", t.namespace)
	}
	return err
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
