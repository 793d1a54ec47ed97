package api

import "countersign/collaboration"

// action is one thing that an employee may do with an activation now; it leads
// to a page with a form of its own.
type action struct {
	// Name is a text "action.<name>"; Path is where its form is.
	Name, Path string
}

// actionsFor are what an employee may do with an activation, in its state. A
// list that has read no customers leaves the customer empty, and offers nothing
// that depends on its people.
func (s *Server) actionsFor(e collaboration.Employee, r collaboration.Record, c collaboration.Customer) []action {
	var actions []action
	on := onActivation{record: r, customer: c, employee: e}
	for _, a := range actionForms() {
		if a.who.refuses(&collaboration.Person{Employee: &e}) == "" && a.fits(on) {
			actions = append(actions, action{a.name, activationPage(string(r.ID)) + "/" + a.name})
		}
	}
	if !r.State.Live() {
		actions = append(actions, action{"again", formPage(r)})
	}
	return actions
}

// actionForms are all of them, in the order in which they are offered.
func actionForms() []actionForm {
	return []actionForm{resendForm, correctForm, changeForm, forwardForm, withdrawForm, takeBackForm, endForm}
}
