package app

import (
	"testing"

	"countersign/collaboration"
)

func TestPrecondition_Allows(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		precondition Precondition
		version      int
		want         bool
	}{
		"no precondition":  {Precondition{}, 3, true},
		"the version":      {IfVersion(3), 3, true},
		"one of several":   {IfVersion(2, 3), 3, true},
		"another version":  {IfVersion(2), 3, false},
		"no known version": {IfVersion(), 3, false},
	} {
		if got := tt.precondition.allows(tt.version); got != tt.want {
			t.Errorf("%s: %t, want %t", name, got, tt.want)
		}
	}
}

func TestCheckKey_RejectsLongAndUnprintable(t *testing.T) {
	t.Parallel()
	long := make([]byte, maxKey+1)
	for i := range long {
		long[i] = 'k'
	}
	for key, want := range map[string]collaboration.Code{
		"": "", "k": "", string(long[1:]): "", string(long): collaboration.CodeInvalidRequest,
		"a\nb": collaboration.CodeInvalidRequest, "nyckel å": collaboration.CodeInvalidRequest,
	} {
		if got := collaboration.CodeOf(checkKey(key)); got != want {
			t.Errorf("%.20q: %q, want %q", key, got, want)
		}
	}
	if checkKey(internalKey("outcome", "k")) == nil {
		t.Error("a caller can use an internal key")
	}
}

func TestWithInvalid_NamesEveryFieldOnce(t *testing.T) {
	t.Parallel()
	undecoded := []collaboration.FieldError{{Field: "on", Code: collaboration.CodeInvalidFormat}}
	rules := &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: []collaboration.FieldError{
		{Field: "on", Code: collaboration.CodeRequired}, {Field: "when", Code: collaboration.CodeRequired}}}
	if WithInvalid(nil, nil) != nil || WithInvalid(rules, nil) != error(rules) {
		t.Error("an error without undecoded fields is changed")
	}
	const want = "invalid_request: on invalid_format, when required"
	e, ok := WithInvalid(rules, undecoded).(*collaboration.Error)
	if !ok || (&collaboration.Error{Code: e.Code, Fields: e.Fields}).Error() != want {
		t.Errorf("%v, want %s", e, want)
	}
	if err := WithInvalid(nil, undecoded); collaboration.CodeOf(err) != collaboration.CodeInvalidRequest {
		t.Errorf("undecoded fields alone: %v", err)
	}
}
