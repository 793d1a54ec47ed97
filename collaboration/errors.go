package collaboration

import (
	"errors"
	"fmt"
	"net/http"
	"sort"
	"time"
)

// Code names one thing that can go wrong. It is stable: it is part of the
// API, and it lives in workflow histories for as long as those are kept.
type Code string

// The catalogue of codes. New ones only at the end: old ones also live in
// histories that are more than a year old.
const (
	CodeInternal              Code = "internal"
	CodeUnavailable           Code = "unavailable"
	CodeOutcomeUnknown        Code = "outcome_unknown"
	CodeInvalidRequest        Code = "invalid_request"
	CodeMalformedRequest      Code = "malformed_request"
	CodeBodyTooLarge          Code = "body_too_large"
	CodeUnauthenticated       Code = "unauthenticated"
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
	CodeForgedEvent           Code = "forged_event"
	CodeCustomerActive        Code = "customer_active"
	CodeWebhookNotFound       Code = "webhook_not_found"
	CodeTooManyWebhooks       Code = "too_many_webhooks"
	CodeWebhookUnreachable    Code = "webhook_unreachable"
	CodePrivateAddress        Code = "private_address"
	CodeBatchNotFound         Code = "batch_not_found"
	CodePlatformUnavailable   Code = "platform_unavailable"
	CodePlatformRefused       Code = "platform_refused"
)

// codeSpec is what a code drives: the HTTP status, whether trying the same
// again can help, and what people read, in Swedish and English.
type codeSpec struct {
	status int
	retry  bool
	sv, en string
}

var catalogueOfCodes = map[Code]codeSpec{
	CodeInternal:              {http.StatusInternalServerError, true, "Något gick fel hos oss.", "Something went wrong on our side."},
	CodeUnavailable:           {http.StatusServiceUnavailable, true, "Tjänsten kan inte nås just nu. Försök igen om en stund.", "The service cannot be reached right now. Try again shortly."},
	CodeOutcomeUnknown:        {http.StatusAccepted, true, "Vi har tagit emot svaret men har ännu inte sett att det registrerats.", "We have received the answer but have not yet seen it recorded."},
	CodeInvalidRequest:        {http.StatusUnprocessableEntity, false, "Några uppgifter behöver rättas.", "Some of the details need to be corrected."},
	CodeMalformedRequest:      {http.StatusBadRequest, false, "Anropet kunde inte läsas.", "The request could not be read."},
	CodeBodyTooLarge:          {http.StatusRequestEntityTooLarge, false, "Anropet är för stort.", "The request is too large."},
	CodeUnauthenticated:       {http.StatusUnauthorized, false, "Logga in först.", "Log in first."},
	CodeForbidden:             {http.StatusForbidden, false, "Du har inte rätt att göra detta.", "You do not have the right to do this."},
	CodeNotFound:              {http.StatusNotFound, false, "Det finns inget här.", "There is nothing here."},
	CodeMethodNotAllowed:      {http.StatusMethodNotAllowed, false, "Det går inte att göra så med den här adressen.", "This address does not support that method."},
	CodeRateLimited:           {http.StatusTooManyRequests, true, "För många anrop. Försök igen om en stund.", "Too many requests. Try again shortly."},
	CodeIdempotencyKeyReused:  {http.StatusUnprocessableEntity, false, "Samma Idempotency-Key har redan använts för ett annat anrop.", "The same Idempotency-Key was already used for a different request."},
	CodeCustomerNotFound:      {http.StatusNotFound, false, "Kunden finns inte.", "There is no such customer."},
	CodeSolutionNotFound:      {http.StatusNotFound, false, "Lösningen finns inte.", "There is no such solution."},
	CodeActivationNotFound:    {http.StatusNotFound, false, "Aktiveringen finns inte.", "There is no such activation."},
	CodeTaskNotFound:          {http.StatusUnprocessableEntity, false, "Uppdraget finns inte.", "There is no such task."},
	CodeTaskOfAnotherCustomer: {http.StatusUnprocessableEntity, false, "Uppdraget hör till en annan kund.", "The task belongs to another customer."},
	CodeTaskClosed:            {http.StatusUnprocessableEntity, false, "Uppdraget är avslutat. Välj ett öppet uppdrag.", "The task is closed. Choose an open one."},
	CodeNoOpenTask:            {http.StatusUnprocessableEntity, false, "Kunden har inget öppet uppdrag. Lägg upp ett först.", "The customer has no open task. Create one first."},
	CodeRequired:              {http.StatusUnprocessableEntity, false, "Uppgiften måste fyllas i.", "This is required."},
	CodeInvalidChoice:         {http.StatusUnprocessableEntity, false, "Välj ett av alternativen.", "Choose one of the alternatives."},
	CodeInvalidFormat:         {http.StatusUnprocessableEntity, false, "Uppgiften har fel format.", "This is not in the right format."},
	CodeTooLong:               {http.StatusUnprocessableEntity, false, "Uppgiften är för lång.", "This is too long."},
	CodeUnknownField:          {http.StatusUnprocessableEntity, false, "Fältet finns inte.", "There is no such field."},
	CodeNotApplicable:         {http.StatusUnprocessableEntity, false, "Uppgiften ska inte anges här.", "This does not apply here; leave it out."},
	CodeNotFirstOfMonth:       {http.StatusUnprocessableEntity, false, "Datumet måste vara den första i en månad.", "The date must be the first of a month."},
	CodeInThePast:             {http.StatusUnprocessableEntity, false, "Datumet har redan varit.", "The date lies in the past."},
	CodeTooFarAhead:           {http.StatusUnprocessableEntity, false, "Datumet ligger mer än två år fram.", "The date lies more than two years ahead."},
	CodeActivationExists:      {http.StatusConflict, false, "Det finns redan ett pågående samarbete för kunden och lösningen.", "There already is a live activation for this customer and solution."},
	CodeAlreadyDecided:        {http.StatusConflict, false, "Inbjudan är redan besvarad.", "The invitation has already been answered."},
	CodeNotPending:            {http.StatusConflict, false, "Inbjudan väntar inte längre på svar.", "The invitation is no longer waiting for an answer."},
	CodeNotActive:             {http.StatusConflict, false, "Samarbetet är inte igång.", "The collaboration is not running."},
	CodeLinkInvalid:           {http.StatusNotFound, false, "Länken är inte giltig.", "The link is not valid."},
	CodeLinkExpired:           {http.StatusGone, false, "Länken har gått ut.", "The link has expired."},
	CodeLinkReplaced:          {http.StatusGone, false, "Länken har ersatts av en nyare inbjudan.", "The link was replaced by a newer invitation."},
	CodeTermsNotAccepted:      {http.StatusUnprocessableEntity, false, "Godkänn villkoren för att godkänna samarbetet.", "Accept the terms to approve the collaboration."},
	CodeAdministratorMissing:  {http.StatusUnprocessableEntity, false, "Kunden saknar administratör att skicka inbjudan till.", "The customer has no administrator to send the invitation to."},
	CodeMailUnavailable:       {http.StatusBadGateway, true, "E-posttjänsten kan inte nås.", "The mail service cannot be reached."},
	CodeMailRateLimited:       {http.StatusTooManyRequests, true, "E-posttjänsten ber oss vänta.", "The mail service asks us to wait."},
	CodeMailRejected:          {http.StatusBadGateway, false, "E-posttjänsten tog inte emot brevet.", "The mail service refused the message."},
	CodeMailUnconfirmed:       {http.StatusBadGateway, true, "Vi vet inte om e-posttjänsten tog emot brevet.", "We do not know whether the mail service took the message."},
	CodeDuplicate:             {http.StatusUnprocessableEntity, false, "Uppgiften förekommer mer än en gång.", "This occurs more than once."},
	CodeInvalidCSV:            {http.StatusUnprocessableEntity, false, "Filen kunde inte läsas som CSV.", "The file could not be read as CSV."},
	CodeForgedForm:            {http.StatusForbidden, false, "Formuläret har blivit för gammalt. Ladda om sidan och försök igen.", "The form is no longer valid. Reload the page and try again."},
	CodeMailMisconfigured:     {http.StatusBadGateway, true, "E-posttjänsten godtar inte våra inställningar.", "The mail service does not accept our settings."},
	CodeTermsChanged:          {http.StatusConflict, false, "Villkoren har ändrats sedan sidan visades. Läs dem igen.", "The terms have changed since the page was shown. Read them again."},
	CodeUnsupportedMediaType:  {http.StatusUnsupportedMediaType, false, "Anropets innehåll har fel typ (Content-Type).", "The content of the request has the wrong type (Content-Type)."},
	CodePreconditionFailed:    {http.StatusPreconditionFailed, false, "Aktiveringen har ändrats sedan du läste den. Läs den igen.", "The activation has changed since you read it. Read it again."},
	CodeScenarioChanged:       {http.StatusConflict, false, "Kunden har ändrats sedan formuläret visades. Öppna det igen.", "The customer has changed since the form was shown. Open it again."},
	CodeMainContactMissing:    {http.StatusConflict, false, "Kunden saknar huvudkontakt. Ange en innan samarbetet avslutas.", "The customer has no main contact. Name one before the collaboration is ended."},
	CodeAdministratorNotFound: {http.StatusUnprocessableEntity, false, "Kunden har ingen sådan administratör.", "The customer has no such administrator."},
	CodeCustomerActive:        {http.StatusConflict, false, "Kunden har ett pågående samarbete. Avsluta det först.", "The customer has a live collaboration. End it first."},
	CodeWebhookNotFound:       {http.StatusNotFound, false, "Webhooken finns inte.", "There is no such webhook."},
	CodeTooManyWebhooks:       {http.StatusConflict, false, "Byrån har redan så många webhookar som det går att ha.", "The office already has as many webhooks as it can."},
	CodeWebhookUnreachable:    {http.StatusBadGateway, true, "Webhooken svarar inte som den ska.", "The webhook does not answer as it should."},
	CodePrivateAddress:        {http.StatusUnprocessableEntity, false, "Adressen måste vara en https-adress på internet.", "The address must be an https address on the internet."},
	CodeBatchNotFound:         {http.StatusNotFound, false, "Listan finns inte.", "There is no such batch."},
	CodePlatformUnavailable:   {http.StatusBadGateway, true, "Plattformen kan inte nås.", "The platform cannot be reached."},
	CodePlatformRefused:       {http.StatusBadGateway, false, "Plattformen sade nej.", "The platform refused."},
	CodeForgedEvent:           {http.StatusForbidden, false, "Händelsen är inte signerad av e-posttjänsten.", "The event is not signed by the mail service."},
	CodeNoNotice:              {http.StatusConflict, false, "Det finns ingen uppsägning att ta tillbaka.", "There is no notice to take back."},
}

// Codes returns the whole catalogue in alphabetical order.
func Codes() []Code {
	codes := make([]Code, 0, len(catalogueOfCodes))
	for c := range catalogueOfCodes {
		codes = append(codes, c)
	}
	sort.Slice(codes, func(i, j int) bool { return codes[i] < codes[j] })
	return codes
}

// Known reports whether the code is in the catalogue.
func (c Code) Known() bool { _, ok := catalogueOfCodes[c]; return ok }

// Status is the HTTP status that answers the code; 500 for an unknown one.
func (c Code) Status() int { return c.spec().status }

// Retryable reports whether the same call may succeed later. A code that is
// not retryable ends the step, and the activation is undone.
func (c Code) Retryable() bool { return c.spec().retry }

// Text is what people read, in their language.
func (c Code) Text(l Locale) string {
	if l == Swedish {
		return c.spec().sv
	}
	return c.spec().en
}

func (c Code) spec() codeSpec {
	if s, ok := catalogueOfCodes[c]; ok {
		return s
	}
	return catalogueOfCodes[CodeInternal]
}

// FieldError says what is wrong with one field. Field is its path in the
// request, with dots: "contact.email".
type FieldError struct {
	Field string `json:"field"`
	Code  Code   `json:"code"`
}

// Error is an error of the catalogue.
type Error struct {
	Code   Code
	Fields []FieldError
	// Activation is the one that stands in the way, where there is one.
	Activation ActivationID
	// RetryAfter is how long the other side asked us to wait; zero if it did not.
	RetryAfter time.Duration
	// Cause is for logs and operators; people do not read it.
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

// Is makes errors.Is(err, &Error{Code: c}) compare by code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// Errorf makes an error of the catalogue with a cause for operators.
func Errorf(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Cause: fmt.Errorf(format, args...)}
}

// CodeOf is the code of the first catalogue error in err's chain: "" for nil,
// CodeInternal for an error from outside the catalogue.
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

// fieldErrors collects what is wrong with a request, field by field.
type fieldErrors []FieldError

func (f *fieldErrors) add(field string, code Code) {
	*f = append(*f, FieldError{Field: field, Code: code})
}

// err is nil where nothing was collected.
func (f fieldErrors) err() error {
	if len(f) == 0 {
		return nil
	}
	return &Error{Code: CodeInvalidRequest, Fields: f}
}
