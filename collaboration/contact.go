package collaboration

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Contact is the person at a new customer who becomes its administrator.
type Contact struct {
	Name  string `json:"name"`
	Email string `json:"email"`
	Phone string `json:"phone"`
}

// Check returns every invalid field of a contact, with a prefix for the names.
func (c Contact) Check(prefix string) []FieldError {
	var wrong fieldErrors
	c.trim().check(prefix, &wrong)
	return wrong
}

func (c Contact) trim() Contact {
	return Contact{strings.TrimSpace(c.Name), strings.TrimSpace(c.Email), strings.TrimSpace(c.Phone)}
}

// The maximum lengths of a contact's values, in characters. An address is ASCII, and SMTP
// allows 254 bytes (RFC 5321).
const (
	maxName  = 100
	maxEmail = 254
	maxPhone = 20
)

func (c Contact) check(prefix string, wrong *fieldErrors) {
	check := func(field, value string, longest int, valid func(string) bool) {
		switch {
		case value == "":
			wrong.add(prefix+field, CodeRequired)
		case utf8.RuneCountInString(value) > longest:
			wrong.add(prefix+field, CodeTooLong)
		case !valid(value):
			wrong.add(prefix+field, CodeInvalidFormat)
		}
	}
	check("name", c.Name, maxName, validName)
	check("email", c.Email, maxEmail, ValidEmail)
	check("phone", c.Phone, maxPhone, validPhone)
}

// validName rejects control characters, which would break a mail header.
func validName(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError })
}

// ValidEmail accepts a bare address with a dot in its domain. It rejects any text that
// could contain a second recipient or a header, and characters outside ASCII: few providers
// support them, and they report that after they have accepted the mail.
func ValidEmail(s string) bool {
	foreign := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(s) > maxEmail || strings.ContainsFunc(s, foreign) || strings.ContainsAny(s, "<>,;\"") {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	domain := s[strings.LastIndex(s, "@")+1:]
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasPrefix(domain, "[")
}

// validPhone accepts 7 to 15 digits with the usual separators: "070-123 45 67",
// "+46 70 123 45 67".
func validPhone(s string) bool {
	digits := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, r == ' ', r == '-', r == '(', r == ')', r == '/':
		default:
			return false
		}
	}
	return digits >= 7 && digits <= 15
}
