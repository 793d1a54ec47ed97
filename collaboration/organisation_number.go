package collaboration

import (
	"strings"
	"unicode"
)

// OrganisationNumber is the number of a Swedish company: ten digits without the hyphen.
// That of a sole trader is the owner's personal number and therefore personal data: print
// it with Masked.
type OrganisationNumber string

// ParseOrganisationNumber parses ten digits with or without the hyphen ("556677-8899"),
// with or without a century ("16556677-8899"), or as a VAT number ("SE556677889901"). It
// ignores spaces and full stops, and verifies the Luhn check digit.
func ParseOrganisationNumber(s string) (OrganisationNumber, error) {
	digits := separators.Replace(PlainText(s))
	if vat, ok := strings.CutPrefix(strings.ToUpper(strings.ReplaceAll(digits, "-", "")), "SE"); ok && len(vat) == 12 && strings.HasSuffix(vat, "01") {
		digits = vat[:10]
	}
	// A plus sign instead of the hyphen marks a person older than a hundred.
	if i := strings.IndexAny(digits, "-+"); i >= 0 && i == len(digits)-5 {
		digits = digits[:i] + digits[i+1:]
	}
	if len(digits) == 12 && (strings.HasPrefix(digits, "16") || strings.HasPrefix(digits, "19") || strings.HasPrefix(digits, "20")) {
		digits = digits[2:]
	}
	if len(digits) != 10 || !luhn(digits) {
		return "", Errorf(CodeInvalidFormat, "an organisation number has ten digits, the last a check digit")
	}
	return OrganisationNumber(digits), nil
}

// SearchDigits returns the first digits of an organisation number that a text searches
// for: any form that ParseOrganisationNumber accepts, or its beginning. It returns "" for
// other text.
func SearchDigits(text string) string {
	if number, err := ParseOrganisationNumber(text); err == nil {
		return string(number)
	}
	digits := strings.ReplaceAll(separators.Replace(PlainText(text)), "-", "")
	if len(digits) > 2 && strings.EqualFold(digits[:2], "SE") {
		digits = digits[2:]
	}
	if strings.Trim(digits, "0123456789") != "" {
		return ""
	}
	return digits
}

// separators removes the separators of digits that have no meaning in an organisation number.
var separators = strings.NewReplacer(" ", "", ".", "")

// PlainText replaces characters that look alike: dashes of every kind become hyphens,
// spaces of every kind become spaces, and invisible characters disappear. It is the form
// of pasted numbers, and of names in searches.
func PlainText(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Pd, r), r == '\u2212': // a minus sign
			return '-'
		case unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.Is(unicode.Cf, r): // such as marks of the writing direction
			return -1
		}
		return r
	}, s))
}

// luhn reports whether s has only digits and a valid check digit.
func luhn(s string) bool {
	sum := 0
	for i, r := range s {
		if r < '0' || r > '9' {
			return false
		}
		n := int(r - '0')
		if (len(s)-i)%2 == 0 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// IsSoleTrader reports whether the number is a personal number. Its third and fourth digits
// are a month, so below 20; those of a company are 20 or above.
func (n OrganisationNumber) IsSoleTrader() bool { return len(n) == 10 && n[2] < '2' }

// String returns the number with its hyphen: 556677-8899.
func (n OrganisationNumber) String() string {
	if len(n) != 10 {
		return string(n)
	}
	return string(n[:6]) + "-" + string(n[6:])
}

// Masked returns String with the last four digits of a sole trader hidden.
func (n OrganisationNumber) Masked() string {
	if n.IsSoleTrader() {
		return string(n[:6]) + "-****"
	}
	return n.String()
}
