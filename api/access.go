package api

import (
	"context"

	"countersign/api/request"
	"countersign/collaboration"
)

// employeeOf returns the authenticated employee. On a route for others it returns
// the zero Employee; no data belongs to its empty office.
func employeeOf(ctx context.Context) collaboration.Employee {
	e, _ := request.Employee(ctx)
	return e
}
