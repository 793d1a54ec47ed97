package office

import (
	"crypto/rand"
	"slices"
	"strconv"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/present"
	"countersign/api/view"
	"countersign/collaboration"
)

// actionPage is an action's form, or the reason that the action is not allowed.
type actionPage struct {
	view.Page
	Action   string
	Record   collaboration.Activation
	Customer string
	Solution string
	Variant  string
	Number   string
	Happens  []string
	Fields   []actionField
	Errors   view.Errors
	Nonce    string
	Version  string
	Grave    bool
	// Open is true if the form can be sent. The second field is true if the customer has
	// no main contact, which blocks the form.
	Open, NoMainContact bool
	// Latest is the latest event after a conflict.
	Latest *present.Event
	Again  string
}

// actionField is a field with its value at the time the form was rendered, so that only
// edited fields are changed.
type actionField struct {
	view.Field
	Was string
}

func (h actionPages) viewAction(v *page.Context, a actionForm, on onActivation) *actionPage {
	r, l := on.record, v.Locale
	title := "do." + a.name + ".title"
	if inState := title + "." + string(r.State); i18n.Has(l, inState) {
		title = inState
	}
	p := &actionPage{
		Page: v.Page(sectionOf(r), i18n.Text(l, title)), Action: a.name, Record: r, Customer: on.customer.Name,
		Solution: on.solution.Name.In(l), Variant: present.VariantName(r, on.solution, l), Number: on.customer.OrganisationNumber.Masked(), Nonce: rand.Text(), Version: strconv.Itoa(r.Version), Grave: a.grave,
	}
	if !r.State.IsLive() {
		p.Again = formPage(r)
	}
	ends := ""
	if r.Agreement != nil {
		ends = i18n.LongDate(r.Agreement.FinalDay(), l)
	}
	if a.consequences != nil {
		p.Happens = a.consequences(on)
		return p
	}
	for _, what := range a.happens(on) {
		p.Happens = append(p.Happens, i18n.Text(l, "happens."+what, p.Customer, p.Solution, r.InvitedName, r.InvitedEmail, ends))
	}
	return p
}

// addErrors adds the errors of a rejected request to the page and its fields.
func (p *actionPage) addErrors(err error, l collaboration.Locale) {
	fields := make([]*view.Field, len(p.Fields))
	for i := range p.Fields {
		fields[i] = &p.Fields[i].Field
	}
	p.Errors = page.MarkErrors(err, l, fields...)
	switch code := collaboration.CodeOf(err); {
	case code == collaboration.CodePreconditionFailed:
		p.Problem = i18n.Text(l, "do.moved")
	case len(p.Errors) == 0:
		p.Problem = i18n.CodeText(l, code)
	}
}

// latestEvent returns the latest event that is not a notification.
func (h actionPages) latestEvent(v *page.Context, id collaboration.ActivationID) *present.Event {
	events, err := h.app.Activations.Events(v.Context(), id, 0)
	if err != nil {
		return nil
	}
	for _, e := range slices.Backward(events) {
		if e.Action != collaboration.ActionNotificationSent {
			latest := present.NewEvent(e, v.Locale)
			return &latest
		}
	}
	return nil
}

// keepForRetry keeps the form's nonce and version for a retry: the first request may have had
// an effect.
func (p *actionPage) keepForRetry(v *page.Context) {
	p.Nonce, p.Version = v.FormValue("nonce"), v.FormValue("version")
	for i, f := range p.Fields {
		p.Fields[i].Was = v.FormValue("was." + f.Name)
	}
}

func activationPage(id string) string { return "/activations/" + id }

// formPage returns the path of a customer's form for a solution.
func formPage(r collaboration.Activation) string {
	return "/customers/" + r.CustomerID + "/collaborations/" + r.SolutionID
}

// sectionOf returns the navigation section of an activation.
func sectionOf(r collaboration.Activation) string {
	if r.Agreement != nil {
		return "collaborations"
	}
	return "requests"
}
