package collaboration_test

import (
	"errors"
	"fmt"
	"testing"

	"countersign/collaboration"
)

func TestEveryCodeSaysWhatItIs(t *testing.T) {
	seen := map[string]collaboration.Code{}
	for _, c := range collaboration.Codes() {
		if !c.Known() || c.Status() < 200 || c.Status() > 599 {
			t.Errorf("%s: status %d", c, c.Status())
		}
		for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
			text := c.Text(l)
			if text == "" {
				t.Errorf("%s has no text in %s", c, l)
			}
			if other, ok := seen[text]; ok {
				t.Errorf("%s and %s read the same: %s", c, other, text)
			}
			seen[text] = c
		}
	}
	if collaboration.Code("other").Known() || collaboration.Code("other").Status() != 500 {
		t.Error("an unknown code must be an internal error")
	}
}

func TestErrorsKeepTheirCodeWhenWrapped(t *testing.T) {
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
