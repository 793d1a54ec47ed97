package collaboration

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"
)

// FieldError is an invalid field. Field is its path in the request, with dots:
// "contact.email".
type FieldError struct {
	Field string `json:"field"`
	Code  Code   `json:"code"`
	// Choices are the allowed values of a parameter, separated by commas.
	Choices string `json:"choices,omitempty"`
}

// Error is an error with a code.
type Error struct {
	Code   Code
	Fields []FieldError
	// Activation is the conflicting activation, if any.
	Activation ActivationID
	// Decision is the accepted decision, if the error rejects another one.
	Decision *Decision
	// Rows are the errors of a file.
	Rows []RowError
	// RetryAfter is the delay that another system requested; zero for none.
	RetryAfter time.Duration
	// Cause is for logs and operators.
	Cause error
}

func (e *Error) Error() string {
	text, separator := string(e.Code), ": "
	for _, f := range e.Fields {
		text += separator + f.Field + " " + string(f.Code)
		separator = ", "
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

func (e *Error) Unwrap() error { return e.Cause }

// Is reports whether the target is an Error with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errorf returns an Error with a formatted cause.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Cause: fmt.Errorf(format, args...)}
}

// CodeOf returns the code of the first Error in err's chain: "" for nil, and CodeInternal if
// there is none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// FieldErrors collects the invalid fields of a request.
type FieldErrors []FieldError

// Add adds the error of a field.
func (f *FieldErrors) Add(field string, code Code) {
	*f = append(*f, FieldError{Field: field, Code: code})
}

// CheckText adds the error of a required text; longest is in characters.
func (f *FieldErrors) CheckText(field, value string, longest int, isValid func(string) bool) {
	switch {
	case value == "":
		f.Add(field, CodeRequired)
	case utf8.RuneCountInString(value) > longest:
		f.Add(field, CodeTooLong)
	case !isValid(value):
		f.Add(field, CodeInvalidFormat)
	}
}

// Err returns nil if all fields are valid.
func (f FieldErrors) Err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalidRequest, Fields: f}
}

// Code identifies an error. It is part of the API and of workflow histories, so it is
// stable. Package problem has the HTTP status of each code, and package i18n its texts.
type Code string

// The error codes.
const (
	CodeInternal              Code = "internal"
	CodeUnavailable           Code = "unavailable"
	CodeOutcomeUnknown        Code = "outcome_unknown"
	CodeInvalidRequest        Code = "invalid_request"
	CodeMalformedRequest      Code = "malformed_request"
	CodeBodyTooLarge          Code = "body_too_large"
	CodeUnauthenticated       Code = "unauthenticated"
	CodeTokenInvalid          Code = "token_invalid"
	CodeTokenExpired          Code = "token_expired"
	CodeTokenRevoked          Code = "token_revoked"
	CodeTokenAudience         Code = "token_audience"
	CodeLoginUnknown          Code = "login_unknown"
	CodeLoginRefused          Code = "login_refused"
	CodeEmailNotVerified      Code = "email_not_verified"
	CodeForbidden             Code = "forbidden"
	CodeNotFound              Code = "not_found"
	CodeMethodNotAllowed      Code = "method_not_allowed"
	CodeRateLimited           Code = "rate_limited"
	CodeIdempotencyKeyReused  Code = "idempotency_key_reused"
	CodeCustomerNotFound      Code = "customer_not_found"
	CodeSolutionNotFound      Code = "solution_not_found"
	CodeActivationNotFound    Code = "activation_not_found"
	CodeTaskNotFound          Code = "task_not_found"
	CodeTaskOfAnotherCustomer Code = "task_of_another_customer"
	CodeTaskClosed            Code = "task_closed"
	CodeNoOpenTask            Code = "no_open_task"
	CodeRequired              Code = "required"
	CodeInvalidChoice         Code = "invalid_choice"
	CodeInvalidFormat         Code = "invalid_format"
	CodeTooLong               Code = "too_long"
	CodeUnknownField          Code = "unknown_field"
	CodeNotApplicable         Code = "not_applicable"
	CodeNotFirstOfMonth       Code = "not_first_of_month"
	CodeInThePast             Code = "in_the_past"
	CodeTooFarAhead           Code = "too_far_ahead"
	CodeActivationExists      Code = "activation_exists"
	CodeAlreadyDecided        Code = "already_decided"
	CodeNotPending            Code = "not_pending"
	CodeNotActive             Code = "not_active"
	CodeLinkInvalid           Code = "link_invalid"
	CodeLinkExpired           Code = "link_expired"
	CodeLinkReplaced          Code = "link_replaced"
	CodeTermsNotAccepted      Code = "terms_not_accepted"
	CodeAdministratorMissing  Code = "administrator_missing"
	CodeMailUnavailable       Code = "mail_unavailable"
	CodeMailRateLimited       Code = "mail_rate_limited"
	CodeMailRejected          Code = "mail_rejected"
	CodeMailUnconfirmed       Code = "mail_unconfirmed"
	CodeDuplicate             Code = "duplicate"
	CodeInvalidCSV            Code = "invalid_csv"
	CodeForgedForm            Code = "forged_form"
	CodeMailMisconfigured     Code = "mail_misconfigured"
	CodeTermsChanged          Code = "terms_changed"
	CodeUnsupportedMediaType  Code = "unsupported_media_type"
	CodePreconditionFailed    Code = "precondition_failed"
	CodeScenarioChanged       Code = "scenario_changed"
	CodeMainContactMissing    Code = "main_contact_missing"
	CodeAdministratorNotFound Code = "administrator_not_found"
	CodeNoNotice              Code = "no_notice"
	CodeTermsNotFound         Code = "terms_not_found"
	CodeForgedEvent           Code = "forged_event"
	CodeCustomerActive        Code = "customer_active"
	CodeWebhookNotFound       Code = "webhook_not_found"
	CodeTooManyWebhooks       Code = "too_many_webhooks"
	CodeWebhookUnreachable    Code = "webhook_unreachable"
	CodePrivateAddress        Code = "private_address"
	CodeBatchNotFound         Code = "batch_not_found"
	CodePlatformUnavailable   Code = "platform_unavailable"
	CodePlatformRefused       Code = "platform_refused"
	CodeEmployeeNotFound      Code = "employee_not_found"
	CodeLastManager           Code = "last_manager"
	CodeTaskInUse             Code = "task_in_use"
	CodeAdministratorInvited  Code = "administrator_invited"
	CodeMainContactNeeded     Code = "main_contact_needed"
	CodeCustomerArchived      Code = "customer_archived"
	CodeFormula               Code = "formula_not_allowed"
	CodeMacros                Code = "macros_not_allowed"
	CodeAPIKeyNotFound        Code = "api_key_not_found"
	CodeTooManyAPIKeys        Code = "too_many_api_keys"
	CodeSeparationOfDuties    Code = "separation_of_duties"
	CodeEmployeeAddress       Code = "address_of_employee"
	CodeTooManyTasks          Code = "too_many_tasks"
	CodeAdministratorAddress  Code = "address_of_administrator"
	CodeLogoTooLarge          Code = "logo_too_large"
	CodeLogoFormat            Code = "logo_format"
	CodeLogoDimensions        Code = "logo_dimensions"
	CodeLogoDamaged           Code = "logo_damaged"
	CodeLogoMissing           Code = "logo_missing"
	CodeAddressNotCorrectable Code = "address_not_correctable"
	CodeChangeProposed        Code = "change_proposed"
	CodeNoProposal            Code = "no_proposal"
	CodeRenewalNotApproved    Code = "renewal_not_approved"
	CodeHandOnLimit           Code = "hand_on_limit"
)

// codeClass is the class of an error: a rejected request, a failed system or a temporary error.
type codeClass int

const (
	// rejection: the request is invalid, or a rule does not allow it.
	rejection codeClass = iota
	// failure: another system failed permanently.
	failure
	// temporary: a retry may succeed.
	temporary
)

var codeClasses = map[Code]codeClass{
	CodeInternal:              temporary,
	CodeUnavailable:           temporary,
	CodeOutcomeUnknown:        temporary,
	CodeInvalidRequest:        rejection,
	CodeMalformedRequest:      rejection,
	CodeBodyTooLarge:          rejection,
	CodeUnauthenticated:       rejection,
	CodeTokenInvalid:          rejection,
	CodeTokenExpired:          rejection,
	CodeTokenRevoked:          rejection,
	CodeTokenAudience:         rejection,
	CodeLoginUnknown:          rejection,
	CodeLoginRefused:          rejection,
	CodeEmailNotVerified:      rejection,
	CodeForbidden:             rejection,
	CodeNotFound:              rejection,
	CodeMethodNotAllowed:      rejection,
	CodeRateLimited:           temporary,
	CodeIdempotencyKeyReused:  rejection,
	CodeCustomerNotFound:      rejection,
	CodeSolutionNotFound:      rejection,
	CodeActivationNotFound:    rejection,
	CodeTaskNotFound:          rejection,
	CodeTaskOfAnotherCustomer: rejection,
	CodeTaskClosed:            rejection,
	CodeNoOpenTask:            rejection,
	CodeRequired:              rejection,
	CodeInvalidChoice:         rejection,
	CodeInvalidFormat:         rejection,
	CodeTooLong:               rejection,
	CodeUnknownField:          rejection,
	CodeNotApplicable:         rejection,
	CodeNotFirstOfMonth:       rejection,
	CodeInThePast:             rejection,
	CodeTooFarAhead:           rejection,
	CodeActivationExists:      rejection,
	CodeAlreadyDecided:        rejection,
	CodeNotPending:            rejection,
	CodeNotActive:             rejection,
	CodeLinkInvalid:           rejection,
	CodeLinkExpired:           rejection,
	CodeLinkReplaced:          rejection,
	CodeTermsNotAccepted:      rejection,
	CodeAdministratorMissing:  rejection,
	CodeMailUnavailable:       temporary,
	CodeMailRateLimited:       temporary,
	CodeMailRejected:          failure,
	CodeMailUnconfirmed:       temporary,
	CodeDuplicate:             rejection,
	CodeInvalidCSV:            rejection,
	CodeForgedForm:            rejection,
	CodeMailMisconfigured:     temporary,
	CodeTermsChanged:          rejection,
	CodeUnsupportedMediaType:  rejection,
	CodePreconditionFailed:    rejection,
	CodeScenarioChanged:       rejection,
	CodeMainContactMissing:    rejection,
	CodeAdministratorNotFound: rejection,
	CodeCustomerActive:        rejection,
	CodeWebhookNotFound:       rejection,
	CodeTooManyWebhooks:       rejection,
	CodeWebhookUnreachable:    temporary,
	CodePrivateAddress:        rejection,
	CodeBatchNotFound:         rejection,
	CodePlatformUnavailable:   temporary,
	CodePlatformRefused:       failure,
	CodeForgedEvent:           rejection,
	CodeNoNotice:              rejection,
	CodeTermsNotFound:         rejection,
	CodeEmployeeNotFound:      rejection,
	CodeLastManager:           rejection,
	CodeTaskInUse:             rejection,
	CodeAdministratorInvited:  rejection,
	CodeMainContactNeeded:     rejection,
	CodeCustomerArchived:      rejection,
	CodeFormula:               rejection,
	CodeMacros:                rejection,
	CodeAPIKeyNotFound:        rejection,
	CodeTooManyAPIKeys:        rejection,
	CodeSeparationOfDuties:    rejection,
	CodeEmployeeAddress:       rejection,
	CodeTooManyTasks:          rejection,
	CodeAdministratorAddress:  rejection,
	CodeLogoTooLarge:          rejection,
	CodeLogoFormat:            rejection,
	CodeLogoDimensions:        rejection,
	CodeLogoDamaged:           rejection,
	CodeLogoMissing:           rejection,
	CodeAddressNotCorrectable: rejection,
	CodeChangeProposed:        rejection,
	CodeNoProposal:            rejection,
	CodeRenewalNotApproved:    rejection,
	CodeHandOnLimit:           rejection,
}

// Codes returns all codes in alphabetical order.
func Codes() []Code { return slices.Sorted(maps.Keys(codeClasses)) }

// Known reports whether the code exists.
func (c Code) Known() bool { _, ok := codeClasses[c]; return ok }

// Retryable reports whether a retry may succeed. An activity with another code is not
// retried, and the activation is compensated. An unknown code is retryable, like
// CodeInternal.
func (c Code) Retryable() bool { return c.class() == temporary }

// IsRejection reports whether the caller made a mistake, or a rule does not allow the
// request. Operators are not alerted.
func (c Code) IsRejection() bool { return c.class() == rejection }

func (c Code) class() codeClass {
	if class, ok := codeClasses[c]; ok {
		return class
	}
	return temporary
}
