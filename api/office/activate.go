package office

import (
	"crypto/rand"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
)

// activatePage is the form for activating one solution for one customer, with the steps
// of Activate.
type activatePage struct {
	view.Page
	present.Form
	Errors view.Errors
	// Will are the steps of Activate, in order.
	Will []string
	// Live is the existing live activation, which blocks a second one.
	Live *solutionStatus
	// Paid has the price and its payer, if the form does not ask for the payer.
	Paid     string
	Remedies []remedy
	Entries  []view.Field
}

// remedy is a problem and its remedy.
type remedy struct{ Text, Do, Link, Path string }

// confirmPage asks the employee to confirm the exact steps of an activation.
type confirmPage struct {
	view.Page
	present.Form
	Will  []string
	Facts []fact
	// Filled are the posted form values.
	Filled []view.Choice
	// Nonce is the idempotency key of the confirmation.
	Nonce string
}

// fact is one labelled detail of an activation. Link is the address of a price list.
type fact struct{ Label, Value, More, Link string }

// showActivate renders the form.
func (h activatePages) showActivate(v *page.Context) error {
	f, err := h.filledForm(v)
	if err != nil {
		return err
	}
	return h.writeActivate(v, f, http.StatusOK, nil)
}

// postActivate handles the posted form. The first post renders the confirmation page;
// the confirmed post starts the activation.
func (h activatePages) postActivate(v *page.Context) error {
	f, err := h.filledForm(v)
	if err != nil {
		return err
	}
	switch confirmed := v.FormValue("confirm") != "" && len(v.FormValue("nonce")) == nonceLength; {
	case v.FormValue("change") != "":
		return h.writeActivate(v, f, http.StatusOK, nil)
	case f.view.LiveActivation == "" && v.FormValue("scenario") != "" && v.FormValue("scenario") != string(f.view.Scenario):
		err = &collaboration.Error{Code: collaboration.CodeScenarioChanged}
	case confirmed:
		started, failed := h.app.Activations.Activate(v.Context(), request.Employee(v.Context()), f.request("page-"+v.FormValue("nonce")))
		if failed == nil {
			return v.Redirect(activationPage(string(started.ID)))
		}
		err = failed
	case f.view.LiveActivation != "":
		err = &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: f.view.LiveActivation}
	default:
		order, failed := h.previewOrder(v, f)
		if failed == nil {
			return h.confirmActivate(v, f, order, http.StatusOK, rand.Text())
		}
		err = failed
	}
	return h.refuseActivate(v, f, err)
}

// previewOrder returns the order for the form without starting an activation.
func (h activatePages) previewOrder(v *page.Context, f filledForm) (collaboration.Order, error) {
	return h.app.Activations.Preview(v.Context(), request.Employee(v.Context()), f.request(""))
}

// refuseActivate renders the reason for a failed start, with the posted values. After a
// retryable error the confirmation keeps its nonce, so that the employee can retry.
func (h activatePages) refuseActivate(v *page.Context, f filledForm, wrong error) error {
	e := problem.DomainError(wrong)
	status := problem.Report(v.Context(), wrong).Status
	switch e.Code {
	case collaboration.CodeActivationExists:
		f.view.LiveActivation = e.Activation
	case collaboration.CodeInvalidRequest, collaboration.CodeScenarioChanged, collaboration.CodeIdempotencyKeyReused:
	default:
		if !e.Code.Retryable() {
			return wrong
		}
		if order, err := h.previewOrder(v, f); err == nil && v.FormValue("confirm") != "" {
			return h.confirmActivate(v, f, order, status, v.FormValue("nonce"))
		}
	}
	return h.writeActivate(v, f, status, wrong)
}

func (h activatePages) writeActivate(v *page.Context, f filledForm, status int, wrong error) error {
	l := v.Locale
	p := activatePage{Page: v.Page("customers", i18n.Text(l, "office.activate.title", f.view.Solution.Name, f.view.CustomerName)), Form: f.view,
		Will: f.willDo(l), Remedies: remedies(f.view, l), Entries: f.entries(l), Paid: f.paid(l)}
	switch code := collaboration.CodeOf(wrong); {
	case wrong == nil:
	case f.view.LiveActivation != "":
		p.Problem = i18n.CodeText(l, collaboration.CodeActivationExists)
	case code == collaboration.CodeInvalidRequest && len(p.Remedies) == 0:
		p.Errors = page.MarkErrors(wrong, l, pointers(p.Entries)...)
	case code == collaboration.CodeIdempotencyKeyReused:
		p.Problem = i18n.Text(l, "office.activate.again")
	case code != collaboration.CodeInvalidRequest:
		p.Problem = i18n.CodeText(l, code)
	}
	if f.view.LiveActivation != "" {
		p.Live = h.liveStatus(v, f)
	}
	return v.Render(status, "office/activate", p)
}

// liveStatus returns the status of the existing live activation. An activation that is
// not stored yet is shown as activating.
func (h activatePages) liveStatus(v *page.Context, f filledForm) *solutionStatus {
	r, err := h.app.Activations.Stored(v.Context(), f.view.LiveActivation)
	if err != nil {
		r = collaboration.Activation{ID: f.view.LiveActivation, State: collaboration.Activating}
	}
	st := &solutionStatus{Solution: f.view.Solution}
	st.setActivation(r, v.Locale)
	return st
}

// remedies converts a form's blocking conditions to problems with remedies.
func remedies(view present.Form, l collaboration.Locale) []remedy {
	var all []remedy
	for _, h := range view.Hindrances {
		m := remedy{Text: h.Message, Do: i18n.Text(l, "office.remedy."+string(h.Code)), Link: i18n.Text(l, "office.remedy."+string(h.Code)+".link")}
		m.Path = "/customers/" + view.CustomerID + map[collaboration.Code]string{
			collaboration.CodeNoOpenTask: "/tasks", collaboration.CodeAdministratorMissing: "/contacts"}[h.Code]
		all = append(all, m)
	}
	return all
}
