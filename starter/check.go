package starter

import (
	"context"
	"errors"
	"slices"
	"strings"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"countersign/collaboration"
)

var searchAttributes = map[string]enums.IndexedValueType{
	collaboration.SearchOffice:       enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchCustomer:     enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchSolution:     enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchState:        enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchAgreementEnd: enums.INDEXED_VALUE_TYPE_DATETIME,
}

// EngineVersion is what the engine says it is.
func (s *Starter) EngineVersion(ctx context.Context) (string, error) {
	info, err := s.engine.WorkflowService().GetSystemInfo(ctx, &workflowservice.GetSystemInfoRequest{})
	if err != nil {
		return "", engineError(err)
	}
	return info.GetServerVersion(), nil
}

// CheckNamespace is nil where the namespace exists.
func (s *Starter) CheckNamespace(ctx context.Context, namespace string) error {
	_, err := s.engine.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: namespace})
	var missing *serviceerror.NamespaceNotFound
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing):
		return collaboration.Errorf(collaboration.CodeInternal, "there is no namespace %q", namespace)
	default:
		return engineError(err)
	}
}

// CheckSearchAttributes is nil where runs can be found by what they are about.
func (s *Starter) CheckSearchAttributes(ctx context.Context, namespace string) error {
	known, err := s.engine.OperatorService().ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return engineError(err)
	}
	var wrong []string
	for name, kind := range searchAttributes {
		if known.GetCustomAttributes()[name] != kind {
			wrong = append(wrong, name+" ("+kind.String()+")")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return collaboration.Errorf(collaboration.CodeInternal, "not registered: %s", strings.Join(wrong, ", "))
}
