package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.temporal.io/sdk/temporal"

	"countersign/activities"
	"countersign/collaboration"
)

type failing struct {
	activities.Facts
	err error
}

func (f failing) RecordNotice(context.Context, collaboration.Notice) error { return f.err }

func TestTheCodeDrivesTheRetry(t *testing.T) {
	for _, code := range collaboration.Codes() {
		a, _ := activities.New(failing{err: fmt.Errorf("wrapped: %w", &collaboration.Error{Code: code})}, nil, nil, nil)
		var failure *temporal.ApplicationError
		if err := a.RecordNotice(t.Context(), collaboration.Notice{}); !errors.As(err, &failure) {
			t.Fatalf("%s: got %v", code, err)
		}
		if failure.Type() != string(code) || failure.NonRetryable() == code.Retryable() {
			t.Errorf("%s: type %s, final %v", code, failure.Type(), failure.NonRetryable())
		}
	}
}

func TestAnErrorFromOutsideTheCatalogueIsRetried(t *testing.T) {
	a, _ := activities.New(failing{err: errors.New("nil pointer somewhere")}, nil, nil, nil)
	var failure *temporal.ApplicationError
	if err := a.RecordNotice(t.Context(), collaboration.Notice{}); !errors.As(err, &failure) || failure.NonRetryable() || failure.Type() != string(collaboration.CodeInternal) {
		t.Errorf("got %v", err)
	}
	a, _ = activities.New(failing{}, nil, nil, nil)
	if err := a.RecordNotice(t.Context(), collaboration.Notice{}); err != nil {
		t.Errorf("got %v", err)
	}
}
