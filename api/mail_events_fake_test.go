package api_test

import (
	"context"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

func (f facts) RecordMailEvent(_ context.Context, e collaboration.MailEvent) (*message.Command, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.called("RecordMailEvent"); err != nil || e.Delivery == "unknown" {
		return nil, err
	}
	return &message.Command{ID: e.Delivery + string(e.Status), Kind: collaboration.CommandReport, Report: &message.Report{Status: e.Status}}, nil
}

func (f facts) MarkMailEventReported(_ context.Context, e collaboration.MailEvent) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.called("MarkMailEventReported")
}
