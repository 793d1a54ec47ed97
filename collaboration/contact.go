package collaboration

import (
	"net/mail"
	"regexp"
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

// ErasedAddress counts what the erasure of an e-mail address changed.
type ErasedAddress struct {
	// Customers are those of which the person was an administrator.
	Customers      int `json:"customers"`
	Activations    int `json:"activations"`
	AddressChanges int `json:"address_changes"`
	BatchRows      int `json:"batch_rows"`
}

// ContactField is one field of a contact. Forms, files and the command line iterate over
// ContactFields, so a new field of Contact is a new entry there.
type ContactField struct {
	// Name is the name in JSON. Forms and files put a prefix before it.
	Name string
	// Type is text, email or phone.
	Type    string
	longest int // in characters
	isValid func(string) bool
	of      func(*Contact) *string
}

// Of returns the field's value in a contact.
func (f ContactField) Of(c *Contact) *string { return f.of(c) }

// ContactFields returns the fields of a contact in the order of forms. An address is
// ASCII, and SMTP allows 254 bytes (RFC 5321).
func ContactFields() []ContactField {
	return []ContactField{
		{"name", "text", 100, ValidPersonName, func(c *Contact) *string { return &c.Name }},
		{"email", "email", maxEmail, ValidEmail, func(c *Contact) *string { return &c.Email }},
		{"phone", "phone", 20, ValidPhone, func(c *Contact) *string { return &c.Phone }},
	}
}

const maxEmail = 254

// ContactNames returns the names of the fields, with a prefix.
func ContactNames(prefix string) []string {
	var names []string
	for _, f := range ContactFields() {
		names = append(names, prefix+f.Name)
	}
	return names
}

// ReadContact makes a contact of the values of its fields by name, with a prefix.
func ReadContact(prefix string, value func(name string) string) Contact {
	var c Contact
	for _, f := range ContactFields() {
		*f.Of(&c) = value(prefix + f.Name)
	}
	return c
}

// Check returns every invalid field of a contact, with a prefix for the names.
func (c Contact) Check(prefix string) []FieldError {
	var wrong FieldErrors
	c.Clean().check(prefix, &wrong)
	return wrong
}

// Clean removes surrounding space, and the invisible characters of a pasted number.
func (c Contact) Clean() Contact {
	for _, f := range ContactFields() {
		*f.Of(&c) = strings.TrimSpace(*f.Of(&c))
	}
	c.Phone = PlainText(c.Phone)
	return c
}

func (c Contact) check(prefix string, wrong *FieldErrors) {
	for _, f := range ContactFields() {
		wrong.CheckText(prefix+f.Name, *f.Of(&c), f.longest, f.isValid)
	}
}

// ValidTaskName rejects line breaks and other control characters, web addresses, and names
// without a letter or digit. No mail has the name of a task, so it may be a sentence: "Bokslut
// klart. Granskas av Maja".
func ValidTaskName(s string) bool {
	return strings.ContainsFunc(s, isVisible) && !webAddress.MatchString(s) && utf8.ValidString(s) && !strings.ContainsFunc(s, isControl)
}

// ValidName is ValidTaskName for a name in mails. It also rejects sentences, which would say
// something else in a genuine mail.
func ValidName(s string) bool { return ValidTaskName(s) && !hasSentence(s) }

// isControl reports control characters, line and paragraph separators, and invalid UTF-8.
func isControl(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp) || r == utf8.RuneError
}

// ValidPersonName is ValidName for a person. It also rejects phone numbers and clauses: "du,
// ditt konto spärras".
func ValidPersonName(s string) bool {
	digits := strings.Count(digit.ReplaceAllString(s, "0"), "0")
	return ValidName(s) && digits < 7 && len(strings.Fields(s)) <= maxPersonWords && !personClause.MatchString(PlainText(s))
}

const maxPersonWords = 10

var (
	digit = regexp.MustCompile(`\pN`)
	// personClause matches a mark that no person's name has before a space, and a comma
	// before three words in lower case.
	personClause = regexp.MustCompile(`[!?:;…]\s|,(\s+\p{Ll}[^\s,]*){3}`)
)

// hasSentence reports whether text follows the end of a sentence. A full stop after a short
// word belongs to an abbreviation ("Dr. Anna B. Svensson"). In a short name, other marks are
// part of the name ("Yahoo! Sverige AB").
func hasSentence(s string) bool {
	s = PlainText(s)
	return sentenceEnd.MatchString(s) || len(strings.Fields(s)) > 3 && otherEnd.MatchString(s)
}

var (
	sentenceEnd = regexp.MustCompile(`[\pL\pM]{5}[.][^\s\pL]*\s+\S|[。．！？]\s*\S`)
	otherEnd    = regexp.MustCompile(`[!?;…][^\s\pL]*\s+\S|[\pL\pM]{5}[.!?;…]\p{Lu}`)
)

// isVisible reports whether a character is a letter or a digit that has a shape. Some
// letters, such as the Hangul filler, have none.
func isVisible(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsDigit(r)) && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

// webAddress matches what a mail program makes a link: the beginning of a web address, or a
// host name with a path.
var webAddress = regexp.MustCompile(`(?i)://|\bwww\.|[a-z0-9-]\.[a-z]{2,}/`)

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
	at := strings.LastIndex(s, "@")
	return at <= maxLocalPart && isHostName(s[at+1:])
}

// maxLocalPart is the largest part before the @, in bytes (RFC 5321).
const maxLocalPart = 64

// isHostName reports whether s is the name of a host with a domain (RFC 1123): labels of
// letters, digits and hyphens, the last of which is no number.
func isHostName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		plain := strings.Trim(strings.ToLower(label), "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
		if label == "" || len(label) > 63 || !plain || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return len(labels) > 1 && strings.Trim(labels[len(labels)-1], "0123456789") != ""
}

// ValidPhone accepts 7 to 15 digits with the usual separators: "070-123 45 67",
// "+46 70 123 45 67", "070.123.45.67".
func ValidPhone(s string) bool {
	digits := 0
	for i, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, r == ' ', r == '-', r == '(', r == ')', r == '/', r == '.':
		default:
			return false
		}
	}
	return digits >= 7 && digits <= 15
}
