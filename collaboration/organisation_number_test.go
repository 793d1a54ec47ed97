package collaboration_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"countersign/collaboration"
)

func TestOrganisationNumber_Parse(t *testing.T) {
	t.Parallel()
	tests := []struct{ in, want, masked string }{
		{"556016-0680", "556016-0680", "556016-0680"},
		{"5560160680", "556016-0680", "556016-0680"},
		{" 16556016-0680 ", "556016-0680", "556016-0680"},
		{"811218-9876", "811218-9876", "811218-****"},
		{"198112189876", "811218-9876", "811218-****"},
		{"811218+9876", "811218-9876", "811218-****"},
		{"556016\u20130680", "556016-0680", "556016-0680"}, // an en dash
		{"556016 - 0680", "556016-0680", "556016-0680"},
		{"\u202d556016\u00a00680\u202c", "556016-0680", "556016-0680"}, // as a spreadsheet copies it
		{"SE556016068001", "556016-0680", "556016-0680"},
		{"se 556016-0680 01", "556016-0680", "556016-0680"},
		{"556.016\u20110680", "556016-0680", "556016-0680"}, // a non-breaking hyphen
	}
	for _, tt := range tests {
		n, err := collaboration.ParseOrganisationNumber(tt.in)
		if err != nil || n.String() != tt.want || n.Masked() != tt.masked {
			t.Errorf("%q: %s, masked %s, %v", tt.in, n, n.Masked(), err)
		}
	}
	for _, invalid := range []string{"", "556016-0681", "55601606", "556016-068O", "5560-160680", "55-60160680", "99556016-0680", "५५६०१६०६८०", "SE5560160680", "SE556016068002", "NO556016068001"} {
		if n, err := collaboration.ParseOrganisationNumber(invalid); collaboration.CodeOf(err) != collaboration.CodeInvalidFormat {
			t.Errorf("%q was accepted as %s (%v)", invalid, n, err)
		}
	}
}

// A search accepts every form of a whole number, and of its beginning.
func TestSearchDigits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"556016-0680": "5560160680", "SE556016068001": "5560160680", "16556016-0680": "5560160680", "\u202d556016\u00a00680\u202c": "5560160680", "556016\u20130680": "5560160680",
		"811218+9876": "8112189876", "19811218-9876": "8112189876",
		"55": "55", "556016-": "556016", "556 016": "556016", "SE5560": "5560", "se": "", "-": "", "": "", "Kund 1": "", "556016a": "",
	} {
		if got := collaboration.SearchDigits(text); got != want {
			t.Errorf("%+q: %q, want %q", text, got, want)
		}
	}
}

// A Luhn check digit detects every single wrong digit.
func TestOrganisationNumber_DetectsSingleWrongDigit(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nine := rapid.StringMatching(`[2-9][0-9]{8}`).Draw(t, "nine")
		var valid string
		for d := range 10 {
			if n, err := collaboration.ParseOrganisationNumber(fmt.Sprintf("%s%d", nine, d)); err == nil {
				if valid != "" {
					t.Fatalf("two check digits fit %s", nine)
				}
				valid = string(n)
			}
		}
		if valid == "" {
			t.Fatalf("no check digit fits %s", nine)
		}
		at := rapid.IntRange(0, 9).Draw(t, "at")
		wrong := []byte(valid)
		wrong[at] = '0' + (wrong[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, err := collaboration.ParseOrganisationNumber(string(wrong)); err == nil {
			t.Fatalf("%s passed for %s", wrong, valid)
		}
	})
}
