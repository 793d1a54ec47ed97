package api

import (
	"context"

	"countersign/collaboration"
)

func (s *Server) exportAudit(ctx context.Context, in *ActivationInput) (*bodyOf[collaboration.AuditFile], error) {
	r, err := s.app.Activations.Get(ctx, employeeOf(ctx), in.ID)
	if err != nil {
		return nil, err
	}
	file, err := read(ctx, s.ReadTimeout, func(ctx context.Context) (collaboration.AuditFile, error) { return s.Facts.Audit(ctx, r.ID) })
	if err != nil {
		return nil, err
	}
	return &bodyOf[collaboration.AuditFile]{file}, nil
}
