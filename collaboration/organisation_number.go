package collaboration

import "strings"

// OrganisationNumber is a Swedish company's ten digits, without the hyphen.
// A sole trader's is the owner's personal number: personal data, so print it
// with Masked.
type OrganisationNumber string

// ParseOrganisationNumber reads ten digits with or without the hyphen
// ("556677-8899"), also with a century before them ("16556677-8899"), and
// verifies the Luhn check digit.
func ParseOrganisationNumber(s string) (OrganisationNumber, error) {
	digits := strings.TrimSpace(s)
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

// luhn verifies that s is all digits and that its check digit is right.
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

// SoleTrader reports whether the number is a person's: its third digit, the
// tens of a month, is below two. Companies have at least twenty there.
func (n OrganisationNumber) SoleTrader() bool { return len(n) == 10 && n[2] < '2' }

// String is the number as Swedes write it: 556677-8899.
func (n OrganisationNumber) String() string {
	if len(n) != 10 {
		return string(n)
	}
	return string(n[:6]) + "-" + string(n[6:])
}

// Masked is String, with a sole trader's last four digits hidden.
func (n OrganisationNumber) Masked() string {
	if n.SoleTrader() {
		return string(n[:6]) + "-****"
	}
	return n.String()
}
