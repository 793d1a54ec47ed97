package app

import (
	"errors"
	"slices"

	"countersign/collaboration"
)

// invalidRequest returns an error that names the fields, or nil without any.
func invalidRequest(fields ...collaboration.FieldError) error {
	if len(fields) == 0 {
		return nil
	}
	return &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: fields}
}

// WithInvalid adds to err the fields that the caller could not decode, so that one
// answer names every wrong field.
func WithInvalid(err error, invalid []collaboration.FieldError) error {
	if len(invalid) == 0 {
		return err
	}
	all := &collaboration.Error{Code: collaboration.CodeInvalidRequest, Fields: invalid, Cause: err}
	if e := (*collaboration.Error)(nil); errors.As(err, &e) {
		all.Fields = firstPerField(invalid, e.Fields)
	}
	return all
}

// firstPerField keeps the first error of each field.
func firstPerField(lists ...[]collaboration.FieldError) []collaboration.FieldError {
	var merged []collaboration.FieldError
	for _, f := range slices.Concat(lists...) {
		if !slices.ContainsFunc(merged, func(m collaboration.FieldError) bool { return m.Field == f.Field }) {
			merged = append(merged, f)
		}
	}
	return merged
}

// required returns an error of the field if value is empty.
func required(field, value string) error {
	if value != "" {
		return nil
	}
	return invalidRequest(collaboration.FieldError{Field: field, Code: collaboration.CodeRequired})
}
