package api

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"slices"
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

// actionPage is an action's form, or why there is nothing to do any more.
type actionPage struct {
	web.Page
	Action   string
	Record   collaboration.Record
	Customer string
	Solution string
	Number   string
	Happens  []string
	Fields   []actionField
	Wrong    web.Wrong
	Nonce    string
	Version  string
	Grave    bool
	// Open is whether the form can be sent; Nobody that the customer has no main
	// contact, which keeps it shut.
	Open, Nobody bool
	// Latest is the last thing that happened, where that was not expected.
	Latest *EventView
	Again  string
}

// actionField is a field with what it was when the form was shown, so that only
// what somebody touched is changed.
type actionField struct {
	web.Field
	Was string
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

// again lets the same form be sent again: its first sending may have been taken.
func (p *actionPage) again(v *visit) {
	p.Nonce, p.Version = v.posted("nonce"), v.posted("version")
	for i, f := range p.Fields {
		p.Fields[i].Was = v.posted("was." + f.Name)
	}
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

func (s *Server) viewAction(v *visit, a actionForm, on onActivation) *actionPage {
	r, l := on.record, v.locale
	title := "do." + a.name + ".title"
	if inState := title + "." + string(r.State); web.Has(l, inState) {
		title = inState
	}
	p := &actionPage{
		Page: v.page(sectionOf(r), web.Text(l, title)), Action: a.name, Record: r, Customer: on.customer.Name,
		Solution: on.solution.Name.In(l), Number: on.customer.OrganisationNumber.Masked(), Nonce: rand.Text(), Version: strconv.Itoa(r.Version), Grave: a.grave,
	}
	ends := ""
	if r.Agreement != nil {
		ends = web.LongDate(r.Agreement.EndsOn(), l)
	}
	for _, what := range a.happens(on) {
		p.Happens = append(p.Happens, web.Text(l, "happens."+what, p.Customer, p.Solution, r.InvitedName, r.InvitedEmail, ends))
	}
	if !r.State.Live() {
		p.Again = formPage(r)
	}
	return p
}

// blame says what is wrong, at each field that it is wrong with.
func (p *actionPage) blame(problem *Problem, l collaboration.Locale) {
	if problem.Code == collaboration.CodePreconditionFailed {
		p.Problem = web.Text(l, "do.moved")
	} else if len(problem.Errors) == 0 {
		p.Problem = problem.Title
	}
	for _, e := range problem.Errors {
		m := web.Mistake{Message: e.Message}
		if e.Field == "body" {
			m.Message = web.Text(l, "do.nothing")
		}
		if i := slices.IndexFunc(p.Fields, func(f actionField) bool { return f.Name == e.Field }); i >= 0 {
			p.Fields[i].Error, m.Field, m.Label = e.Message, e.Field, p.Fields[i].Label
		}
		p.Wrong = append(p.Wrong, m)
	}
}

// latestEvent is what happened last, beside the letters that told of it.
func (s *Server) latestEvent(v *visit, id collaboration.ActivationID) *EventView {
	events, err := s.events(v.ctx(), id, 0)
	if err != nil {
		return nil
	}
	for _, e := range slices.Backward(events) {
		if e.Action != collaboration.ActionLetterSent {
			latest := viewEvent(e, v.locale)
			return &latest
		}
	}
	return nil
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

func activationPage(id string) string { return "/activations/" + id }

// formPage is where a customer's form for a solution is.
func formPage(r collaboration.Record) string {
	return "/customers/" + r.CustomerID + "/collaborations/" + r.SolutionID
}

// sectionOf is the part of the navigation that an activation belongs to.
func sectionOf(r collaboration.Record) string {
	if r.Agreement != nil {
		return "collaborations"
	}
	return "requests"
}
