package column_test

import (
	"slices"
	"strings"
	"testing"

	"countersign/internal/store/column"
)

// The bytes of the keys have the order of the Swedish alphabet.
func TestNameKey_Order(t *testing.T) {
	t.Parallel()
	want := []string{"Anders", "Énergi", "Epsilon", "Müller", "Zeta", "zäta", "Åkesson", "Æbler", "Ärlig", "Öberg", "Ørsted", "Östman"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, func(a, b string) int { return strings.Compare(column.NameKey(a), column.NameKey(b)) })
	if !slices.Equal(got, want) {
		t.Errorf("order %q, want %q", got, want)
	}
}

func TestNameKey(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"A\u030aKE": "{ke", "Åke": "{ke", "Nord\u2013Syd\u00a0AB": "nord-syd ab", "\u202aÉva\u202c": "eva", "Ñandú": "nandu", "王": "王", "ÄÖ": "|}",
	} {
		if got := column.NameKey(name); got != want {
			t.Errorf("%+q: %q, want %q", name, got, want)
		}
	}
}
