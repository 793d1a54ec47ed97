package view

import (
	"slices"
	"strings"
)

// Field is one field of a form with its submitted value.
type Field struct {
	Name  string
	Label string
	// Type is radio, checkboxes, select, textarea, or an input's type.
	Type  string
	Value string
	// Values are the chosen values of checkboxes.
	Values       []string
	Hint         string
	Error        string
	Required     bool
	Choices      []Choice
	Autocomplete string
	// Accept lists the file types that a file field offers.
	Accept string
	// When is "name=value" of the field that shows this one.
	When string
}

// Choice is one alternative of a field. More is an optional second line.
type Choice struct{ Value, Label, More string }

// OptionLabel returns the label for a list, which has one line for each choice.
func (c Choice) OptionLabel() string {
	if c.More == "" {
		return c.Label
	}
	return c.Label + " (" + c.More + ")"
}

// Has reports whether a value of checkboxes is chosen.
func (f Field) Has(value string) bool { return slices.Contains(f.Values, value) }

// ID returns the HTML id of the field.
func (f Field) ID() string { return FieldID(f.Name) }

// FieldID returns the HTML id of the field with a name.
func FieldID(name string) string { return "field-" + strings.ReplaceAll(name, ".", "-") }

// Errors lists the errors of a form, in the order of its fields.
type Errors []FormError

// FormError is one error. Field is empty for an error of the whole form.
type FormError struct{ Field, Label, Message string }

// ID returns the HTML id of the field.
func (e FormError) ID() string { return FieldID(e.Field) }
