package normalize_test

import (
	"testing"

	"countersign/internal/normalize"
)

func TestText(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"A\u030ake":                                        "Åke",
		"\u202d556016\u20130680\u202c":                     "556016\u20130680",
		"\u2068Åke\u2069\u200e\u200b\ufeff":                "Åke",
		"\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", // a joiner
		"Kund\u00a01\r\n\xff":                              "Kund\u00a01\r\n\xff",
		"":                                                 "",
	} {
		if got := normalize.Text(given); got != want {
			t.Errorf("%+q: %+q, want %+q", given, got, want)
		}
	}
}
