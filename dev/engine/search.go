package engine

import (
	"context"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/client"

	"countersign/collaboration"
)

var searchAttributes = map[string]enums.IndexedValueType{
	collaboration.SearchOffice:       enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchCustomer:     enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchSolution:     enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchState:        enums.INDEXED_VALUE_TYPE_KEYWORD,
	collaboration.SearchAgreementEnd: enums.INDEXED_VALUE_TYPE_DATETIME,
}

// addSearchAttributes adds those that are missing: an older file may lack some.
func addSearchAttributes(ctx context.Context, c client.Client) error {
	operator := c.OperatorService()
	known, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: Namespace})
	if err != nil {
		return fmt.Errorf("list the search attributes: %w", err)
	}
	missing := map[string]enums.IndexedValueType{}
	for name, kind := range searchAttributes {
		if _, ok := known.CustomAttributes[name]; !ok {
			missing[name] = kind
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: Namespace, SearchAttributes: missing,
	})
	if err != nil {
		return fmt.Errorf("add the search attributes: %w", err)
	}
	return nil
}
