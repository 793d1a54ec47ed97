package office

import (
	"cmp"
	"net/http"
	"strconv"

	"countersign/api/page"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// actionForm is one action of an employee on an activation. It has a page that describes
// the effect and a form that calls the same use case as the JSON API.
type actionForm struct {
	// name is part of the URL and of the texts "action.<name>" and "do.<name>.…".
	name string
	who  request.AccessLevel
	// command is sent by the form. The lifecycle defines the states that accept it.
	command collaboration.Command
	// fits is a further condition on the activation; nil if the state is the only one.
	// unfit is the error code if the condition fails.
	fits  func(onActivation) bool
	unfit collaboration.Code
	// happens returns the keys of the texts "happens.…" that describe the effect.
	happens func(onActivation) []string
	// consequences returns the effect as texts, in place of happens.
	consequences func(onActivation) []string
	// fields returns the form's fields with their current values; nil without fields.
	fields func(onActivation) []view.Field
	send   func(pages, *page.Context, app.Target) error
	// needsMainContact is true if the action notifies the customer's main contact.
	needsMainContact bool
	// grave is true if the action is irreversible.
	grave bool
}

// refusal returns the reason that the action is not allowed, or "".
func (a actionForm) refusal(on onActivation) collaboration.Code {
	if code := on.record.State.Refusal(a.command); code != "" {
		return code
	}
	if a.fits != nil && !a.fits(on) {
		return cmp.Or(a.unfit, collaboration.CodeNotPending)
	}
	return ""
}

// onActivation is the data behind an action's form.
type onActivation struct {
	record   collaboration.Activation
	customer collaboration.Customer
	solution collaboration.Solution
	employee collaboration.Employee
	locale   collaboration.Locale
	today    collaboration.Date
}

// showAction renders a form. It changes nothing.
func (h actionPages) showAction(a actionForm) page.Handler {
	return func(v *page.Context) error { return h.writeAction(v, a, nil) }
}

// takeAction executes the action and redirects to the activation's page.
func (h actionPages) takeAction(a actionForm) page.Handler {
	return func(v *page.Context) error {
		t, err := target(v)
		if err != nil {
			return err
		}
		err = a.send(h.pages, v, t)
		to := activationPage(t.Activation)
		switch collaboration.CodeOf(err) {
		case "":
			return v.RedirectWithNotice(to, "do."+a.name)
		case collaboration.CodeOutcomeUnknown:
			return v.RedirectWithNotice(to, "taken")
		case collaboration.CodeForbidden:
			return err
		default:
			return h.writeAction(v, a, err)
		}
	}
}

// target returns the activation in the version that the form showed. The form's nonce is
// its idempotency key: sending the form twice changes the activation once.
func target(v *page.Context) (app.Target, error) {
	nonce := v.FormValue("nonce")
	version, err := strconv.Atoi(v.FormValue("version"))
	if err != nil || len(nonce) != nonceLength {
		return app.Target{}, &collaboration.Error{Code: collaboration.CodeMalformedRequest, Cause: err}
	}
	return app.Target{Activation: v.Param("id"), Key: "page-" + nonce, If: app.IfVersion(version)}, nil
}

// writeAction renders a form with the posted values and their errors. After a conflict
// it shows the current activation.
func (h actionPages) writeAction(v *page.Context, a actionForm, wrong error) error {
	on, err := h.onActivation(v, wrong)
	if err != nil {
		return err
	}
	status, p := http.StatusOK, h.viewAction(v, a, on)
	refusal := a.refusal(on)
	if refusal == "" {
		p.Open = true
		for _, f := range a.allFields(on) {
			was := f.Value
			f.Value = chosen(v, f.Name, was)
			p.Fields = append(p.Fields, actionField{f, was})
		}
	} else if wrong == nil {
		wrong = &collaboration.Error{Code: refusal}
	}
	if p.Open && a.needsMainContact && on.withoutMainContact() {
		p.Open, p.NoMainContact = false, true
		wrong = &collaboration.Error{Code: collaboration.CodeMainContactMissing}
	}
	if wrong != nil {
		problem := problem.Report(v.Context(), wrong)
		status = problem.Status
		p.addErrors(wrong, v.Locale)
		if problem.Code.Retryable() {
			p.keepForRetry(v)
		}
		if movedOn(wrong) && !p.NoMainContact {
			p.Latest = h.latestEvent(v, on.record.ID)
		}
	}
	return v.Render(status, "office/action", p)
}

// movedOn reports whether an error is a conflict with the activation's current state.
func movedOn(err error) bool {
	status := problem.Status(collaboration.CodeOf(err))
	return err != nil && (status == http.StatusConflict || status == http.StatusPreconditionFailed)
}

func (h actionPages) onActivation(v *page.Context, wrong error) (onActivation, error) {
	employee := request.Employee(v.Context())
	r, err := h.app.Activations.Get(v.Context(), employee, v.Param("id"))
	if err != nil {
		return onActivation{}, err
	}
	if movedOn(wrong) { // the workflow may be ahead of the store
		r = h.app.Activations.WithLiveStatus(v.Context(), r)
	}
	customer, err := h.app.Customers.GetStored(v.Context(), employee, r.CustomerID)
	if err != nil {
		return onActivation{}, err
	}
	solution, ok := h.catalogue.For(r.OfficeID).Solution(r.SolutionID)
	if !ok {
		return onActivation{}, collaboration.Errorf(collaboration.CodeInternal, "solution %q is not in the catalogue", r.SolutionID)
	}
	return onActivation{r, customer, solution, employee, v.Locale, collaboration.DateOf(h.now())}, nil
}

func (a actionForm) allFields(on onActivation) []view.Field {
	if a.fields == nil {
		return nil
	}
	return a.fields(on)
}

// chosen returns the posted value of a field. For a field that the user did not edit it
// returns the current value.
func chosen(v *page.Context, name, now string) string {
	if typed := v.FormValue(name); typed != v.FormValue("was."+name) {
		return typed
	}
	return now
}

// nonceLength is the length of a form's nonce, as rand.Text makes it.
const nonceLength = 26
