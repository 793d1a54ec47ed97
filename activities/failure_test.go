package activities_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.temporal.io/sdk/temporal"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// failing is a store that returns an error for every write.
type failing struct {
	activities.Store
	err error
}

func (f failing) RenewAgreement(context.Context, message.RenewalInput) error { return f.err }

// failure returns the error of an activity for an error of its store; nil for none.
func failure(t *testing.T, err error) *temporal.ApplicationError {
	t.Helper()
	a, _ := activities.New(failing{err: err}, nil, nil, nil, collaboration.Catalogue{})
	returned := a.RenewAgreement(t.Context(), message.RenewalInput{})
	var application *temporal.ApplicationError
	if !errors.As(returned, &application) && returned != nil {
		t.Fatalf("%v became %v, want an application error", err, returned)
	}
	return application
}

func TestFailure_CodeDecidesRetry(t *testing.T) {
	t.Parallel()
	for _, code := range collaboration.Codes() {
		got := failure(t, fmt.Errorf("wrapped: %w", &collaboration.Error{Code: code}))
		if got.Type() != string(code) || got.NonRetryable() == code.Retryable() {
			t.Errorf("%s: type %s, non-retryable %t", code, got.Type(), got.NonRetryable())
		}
	}
}

func TestFailure_OutsideTheCatalogueIsRetried(t *testing.T) {
	t.Parallel()
	for err, want := range map[error]collaboration.Code{
		errors.New("nil pointer"): collaboration.CodeInternal,
		context.DeadlineExceeded:  collaboration.CodeUnavailable,
	} {
		if got := failure(t, err); got.NonRetryable() || got.Type() != string(want) {
			t.Errorf("%v: type %s, non-retryable %t", err, got.Type(), got.NonRetryable())
		}
	}
	if got := failure(t, nil); got != nil {
		t.Errorf("no error became %v", got)
	}
}

// Metrics and logs omit benign failures. A rejection is benign; a failure that operators must
// see is not.
func TestFailure_CallersMistakeIsBenign(t *testing.T) {
	t.Parallel()
	for code, benign := range map[collaboration.Code]bool{
		collaboration.CodeTaskClosed:          true,
		collaboration.CodeNotPending:          true,
		collaboration.CodeRateLimited:         false, // 4xx, and retried
		collaboration.CodeUnavailable:         false,
		collaboration.CodeInternal:            false,
		collaboration.CodeMailMisconfigured:   false,
		collaboration.CodePlatformUnavailable: false,
	} {
		category := failure(t, &collaboration.Error{Code: code}).Category()
		if got := category == temporal.ApplicationErrorCategoryBenign; got != benign {
			t.Errorf("%s: benign %t, want %t", code, got, benign)
		}
	}
}
