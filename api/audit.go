package api

import (
	"context"

	"countersign/collaboration"
)

func (s *Server) exportAudit(ctx context.Context, in *ActivationInput) (*bodyOf[collaboration.AuditFile], error) {
	r, err := s.ownRecord(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	file, err := read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.AuditFile, error) { return s.Facts.Audit(ctx, r.ID) })
	if err != nil {
		return nil, err
	}
	return &bodyOf[collaboration.AuditFile]{file}, nil
}

// eraseCustomer erases what is personal, for good.
func (s *Server) eraseCustomer(ctx context.Context, in *CustomerInput) (*bodyOf[CustomerView], error) {
	employee := employeeOf(ctx)
	_, err := read(ctx, s.MessageTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.Facts.EraseCustomer(ctx, employee.OfficeID, in.ID, employee.ID, s.Now().UTC())
	})
	if err != nil {
		return nil, err
	}
	customer, err := s.customerFrom(ctx, s.Facts, employee.OfficeID, in.ID)
	if err != nil {
		return nil, err
	}
	return &bodyOf[CustomerView]{viewCustomer(customer)}, nil
}
