package bootstrap

import (
	"context"

	"go.opentelemetry.io/otel/metric"

	"countersign/collaboration"
	"countersign/internal/mail"
)

func mailer(s mail.Settings, solutions collaboration.Catalogue, meter metric.Meter) (*mail.Mailer, error) {
	service, err := s.Open()
	if err != nil {
		return nil, err
	}
	sender, err := mail.Measured(service, meter)
	if err != nil {
		return nil, err
	}
	from, err := s.Sender()
	if err != nil {
		return nil, err
	}
	return mail.NewMailer(sender, solutions, from.Address, from.Name), nil
}

func probeMail(s mail.Settings) probe {
	return func(ctx context.Context) []Finding {
		fix, err := s.Check(ctx)
		return []Finding{newFinding("mail ("+s.Provider+")", "accepts mail", err, fix)}
	}
}
