package i18n_test

import (
	"slices"
	"testing"

	"countersign/api/i18n"
	"countersign/collaboration"
)

func TestMatchLanguage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]collaboration.Locale{
		"":                              "fallback",
		"sv":                            collaboration.Swedish,
		"sv-SE,sv;q=0.9,en;q=0.1":       collaboration.Swedish,
		"en-GB":                         collaboration.English,
		"fr, en;q=0.5, sv;q=0.7":        collaboration.Swedish,
		"fr;q=0.9, en-US;q=0.8":         collaboration.English,
		"EN":                            collaboration.English,
		"de":                            "fallback",
		"*":                             "fallback",
		"sv;q=0, en":                    collaboration.English,
		"not a header;;;q=x, \x00, ---": "fallback",
	} {
		if got := i18n.MatchLanguage(header, "fallback"); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
}

func TestCompare_SwedishAlphabet(t *testing.T) {
	t.Parallel()
	names := []string{"Öberg", "Ärla", "zeta", "Åke", "Epsilon", "Énergi", "alfa", "Beta"}
	slices.SortFunc(names, i18n.Compare)
	want := []string{"alfa", "Beta", "Énergi", "Epsilon", "zeta", "Åke", "Ärla", "Öberg"}
	if !slices.Equal(names, want) {
		t.Errorf("order %q, want %q", names, want)
	}
}
