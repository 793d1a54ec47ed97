package office

import (
	"countersign/collaboration"
)

// action is a link to the form of an action that an employee may take now.
type action struct {
	// Name selects the text "action.<name>". Path is the path of the form.
	Name, Path string
}

// actionsFor returns the actions that an employee may take on an activation in its
// state. Lists pass an empty customer and get no actions that depend on its
// administrators.
func actionsFor(e collaboration.Employee, r collaboration.Activation, c collaboration.Customer) []action {
	var actions []action
	on := onActivation{record: r, customer: c, employee: e}
	for _, a := range actionForms() {
		if a.who.Allows(&collaboration.Person{Employee: &e}) && a.refusal(on) == "" {
			actions = append(actions, action{a.name, activationPage(string(r.ID)) + "/" + a.name})
		}
	}
	if !r.State.IsLive() {
		actions = append(actions, action{"again", formPage(r)})
	}
	return actions
}

// actionForms returns all actions in the order of the page.
func actionForms() []actionForm {
	return []actionForm{resendForm, correctForm, changeForm, forwardForm, withdrawForm, withdrawChangeForm, revokeNoticeForm, endForm}
}
