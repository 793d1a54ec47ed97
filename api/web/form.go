package web

import "strings"

// Field is one field of a form, as it was last filled in.
type Field struct {
	Name  string
	Label string
	// Type is radio, select, textarea, or an input's type.
	Type         string
	Value        string
	Hint         string
	Error        string
	Required     bool
	Choices      []Choice
	Autocomplete string
	// When is "name=value" of another field that this one belongs to.
	When string
}

// Choice is one alternative of a field.
type Choice struct{ Value, Label string }

// ID is the field's in the page.
func (f Field) ID() string { return FieldID(f.Name) }

// FieldID is the id of the field with a name.
func FieldID(name string) string { return "field-" + strings.ReplaceAll(name, ".", "-") }

// Wrong is what is wrong with a form, in the order of its fields.
type Wrong []Mistake

// Mistake is one thing that is wrong. Field is empty where it is no field's.
type Mistake struct{ Field, Label, Message string }

// ID is the id of the field in the page.
func (m Mistake) ID() string { return FieldID(m.Field) }
