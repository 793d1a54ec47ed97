package collaboration_test

import (
	"errors"
	"fmt"
	"testing"

	"countersign/collaboration"
)

func TestCodes_AreClassified(t *testing.T) {
	t.Parallel()
	for _, c := range collaboration.Codes() {
		if !c.Known() || c.Retryable() && c.IsRejection() {
			t.Errorf("%s: known %t, retryable %t, rejection %t", c, c.Known(), c.Retryable(), c.IsRejection())
		}
	}
	if c := collaboration.Code("other"); c.Known() || !c.Retryable() || c.IsRejection() {
		t.Error("an unknown code must be retryable, like an internal error")
	}
}

func TestCodeOf_WrappedErrors(t *testing.T) {
	t.Parallel()
	cause := errors.New("connection refused")
	err := fmt.Errorf("check task: %w", collaboration.Errorf(collaboration.CodeUnavailable, "store: %w", cause))
	if collaboration.CodeOf(err) != collaboration.CodeUnavailable || !errors.Is(err, cause) {
		t.Errorf("code %s", collaboration.CodeOf(err))
	}
	if !errors.Is(err, &collaboration.Error{Code: collaboration.CodeUnavailable}) || errors.Is(err, &collaboration.Error{Code: collaboration.CodeInternal}) {
		t.Error("errors.Is must compare codes")
	}
	if collaboration.CodeOf(nil) != "" || collaboration.CodeOf(cause) != collaboration.CodeInternal {
		t.Error("codes of nil and of a foreign error")
	}
}
