package mail

import (
	"testing"

	"countersign/collaboration"
)

func TestFailureText_HasEveryLanguage(t *testing.T) {
	t.Parallel()
	for _, lang := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
		internal := failureText(collaboration.CodeInternal, lang)
		if got := failureText("unknown", lang); got != internal || got == "" {
			t.Errorf("%s: an unknown code has the text %q, want %q", lang, got, internal)
		}
		for _, c := range []collaboration.Code{collaboration.CodeTaskClosed, collaboration.CodeMailRejected, collaboration.CodePlatformRefused, collaboration.CodeUnavailable} {
			if got := failureText(c, lang); got == internal {
				t.Errorf("%s: %s has no text", lang, c)
			}
		}
	}
}
