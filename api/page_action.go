package api

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"countersign/api/web"
	"countersign/collaboration"
)

// actionForm is one thing that an employee may do with an activation: a page
// that says what will happen, and a form that asks the operation of the JSON.
type actionForm struct {
	// name is in the address, and in the texts "action.<name>" and "do.<name>.…".
	name string
	who  audience
	// fits reports whether there is anything to do it with.
	fits func(onActivation) bool
	// tooLate is why, where it does not fit.
	tooLate collaboration.Code
	// happens names the texts "happens.…" that say what will happen.
	happens func(onActivation) []string
	// fields are what to fill in, as it is now; nil where there is nothing.
	fields func(onActivation) []web.Field
	send   func(*visit, ChangeInput) error
	// needsMainContact: nobody at the customer would be told otherwise.
	needsMainContact bool
	// grave is what cannot be taken back.
	grave bool
}

// onActivation is what an action's form is made of.
type onActivation struct {
	record   collaboration.Record
	customer collaboration.Customer
	solution collaboration.Solution
	employee collaboration.Employee
	locale   collaboration.Locale
	today    collaboration.Date
}

// showAction shows a form, and changes nothing.
func (s *Server) showAction(a actionForm) pageHandler {
	return func(v *visit) error { return s.writeAction(v, a, nil) }
}

// takeAction does what the form asks, and leads to the page that shows it.
func (s *Server) takeAction(a actionForm) pageHandler {
	return func(v *visit) error {
		in, err := v.changeInput()
		if err != nil {
			return err
		}
		err = a.send(v, in)
		to := activationPage(in.ID)
		switch collaboration.CodeOf(err) {
		case "":
			return v.done(to, "do."+a.name)
		case collaboration.CodeOutcomeUnknown:
			return v.done(to, "taken")
		case collaboration.CodeForbidden:
			return err
		default:
			return s.writeAction(v, a, err)
		}
	}
}

// changeInput names the activation as it was shown. The form's nonce is the
// same however often the form is sent.
func (v *visit) changeInput() (ChangeInput, error) {
	nonce := v.posted("nonce")
	version, err := strconv.Atoi(v.posted("version"))
	if err != nil || len(nonce) != len(rand.Text()) {
		return ChangeInput{}, &collaboration.Error{Code: collaboration.CodeMalformedRequest, Cause: err}
	}
	return ChangeInput{ActivationInput{v.c.Param("id")}, IdempotencyKey{"page-" + nonce}, etag(version)}, nil
}

// writeAction shows a form as it was filled in, and what was wrong with it. A
// change that came too late meets the activation as it is now.
func (s *Server) writeAction(v *visit, a actionForm, wrong error) error {
	on, err := s.onActivation(v, wrong)
	if err != nil {
		return err
	}
	status, p := http.StatusOK, s.viewAction(v, a, on)
	if a.fits(on) {
		p.Open = true
		for _, f := range a.allFields(on) {
			was := f.Value
			f.Value = v.chosen(f.Name, was)
			p.Fields = append(p.Fields, actionField{f, was})
		}
	} else if wrong == nil {
		wrong = &collaboration.Error{Code: a.tooLate}
	}
	if p.Open && a.needsMainContact && on.withoutMainContact() {
		p.Open, p.Nobody = false, true
		wrong = &collaboration.Error{Code: collaboration.CodeMainContactMissing}
	}
	if wrong != nil {
		problem := problemOf(v.ctx(), wrong)
		status = problem.Status
		p.blame(problem, v.locale)
		if problem.Code.Retryable() {
			p.again(v)
		}
		if movedOn(wrong) && !p.Nobody {
			p.Latest = s.latestEvent(v, on.record.ID)
		}
	}
	return v.show(status, "office/action", p)
}

// movedOn reports whether an error says that the activation has moved on.
func movedOn(err error) bool {
	status := collaboration.CodeOf(err).Status()
	return err != nil && (status == http.StatusConflict || status == http.StatusPreconditionFailed)
}

func (s *Server) onActivation(v *visit, wrong error) (onActivation, error) {
	r, err := s.ownRecord(v.ctx(), v.c.Param("id"))
	if err != nil {
		return onActivation{}, err
	}
	if movedOn(wrong) { // the workflow may be ahead of the facts
		s.catchUp(v.ctx(), &r)
	}
	customer, err := s.customerFrom(v.ctx(), s.Facts, r.OfficeID, r.CustomerID)
	if err != nil {
		return onActivation{}, err
	}
	solution, ok := s.Catalogue.Solution(r.SolutionID)
	if !ok {
		return onActivation{}, collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", r.SolutionID)
	}
	return onActivation{r, customer, solution, employeeOf(v.ctx()), v.locale, collaboration.DateOf(s.Now())}, nil
}

func (a actionForm) allFields(on onActivation) []web.Field {
	if a.fields == nil {
		return nil
	}
	return a.fields(on)
}

// chosen is a field as somebody filled it in; where nobody touched it, as it is
// now.
func (v *visit) chosen(name, now string) string {
	if typed := v.posted(name); typed != v.posted("was."+name) {
		return typed
	}
	return now
}

// body is the JSON of the fields that are named, as they were filled in. What
// is empty is left out.
func (v *visit) body(names ...string) []byte {
	body := map[string]any{}
	for _, name := range names {
		if typed := strings.TrimSpace(v.posted(name)); typed != "" {
			body[name] = typed
		}
	}
	return encoded(body)
}

func encoded(body map[string]any) []byte {
	raw, _ := json.Marshal(body) // texts, numbers and maps of them only
	return raw
}
