package searchattributes

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/internal/temporalx"
)

// Register adds the search attributes that the namespace lacks. It fails where
// one is registered with another type.
func Register(ctx context.Context, c client.Client, namespace string) error {
	operator := c.OperatorService()
	registered, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return fmt.Errorf("list the search attributes: %w", err)
	}
	missing := map[string]enums.IndexedValueType{}
	for name, want := range temporalx.SearchAttributeTypes() {
		switch got, ok := registered.CustomAttributes[name]; {
		case !ok:
			missing[name] = want
		case got != want:
			return fmt.Errorf("the search attribute %s has the type %s in namespace %q and must have %s", name, got, namespace, want)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if err != nil {
		return fmt.Errorf("add the search attributes: %w", err)
	}
	return nil
}
