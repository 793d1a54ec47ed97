package portal

import (
	"crypto/rand"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/problem"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// changePage is the customer's page of a proposed change.
type changePage struct {
	view.Page
	OfficeName, CustomerName, SolutionName string
	Proposal                               *view.Proposal
	TermsVersion, Terms                    string
	Reasons                                []collaboration.DeclineReason
	// Approve is the text of the button.
	Approve string
	// Form is nil unless the proposal is open.
	Form *approvalForm
	// Switch is the path to log in with another account and return here, Mine that of the
	// collaboration.
	Switch, Mine string
}

func myChange(id collaboration.ActivationID) string { return myCollaboration(id) + "/change" }

// showChange renders the latest proposal and changes nothing.
func (h collaborationPages) showChange(v *page.Context) error {
	c, err := h.changed(v)
	if err != nil {
		return err
	}
	return h.writeChange(v, c, nil)
}

// changed returns the collaboration of the page's URL, with its latest proposal.
func (h collaborationPages) changed(v *page.Context) (app.Collaboration, error) {
	c, err := h.App.Collaborations.GetLive(v.Context(), *v.Person, v.Param("id"))
	if err == nil && c.Activation.Proposal == nil {
		err = &collaboration.Error{Code: collaboration.CodeNotFound}
	}
	return c, err
}

// answerChange sends the answer and redirects to the page, so that a reload does not answer
// again. The form names the proposal that it showed by its offer; another one is refused.
func (h collaborationPages) answerChange(v *page.Context) error {
	c, err := h.changed(v)
	if err != nil {
		return err
	}
	if !c.Activation.Proposal.IsOpen() { // answered elsewhere, or closed
		return v.Redirect(v.Request().URL.Path)
	}
	_, err = h.App.Collaborations.DecideChange(v.Context(), c, c.Activation.Proposal.Number, readAnswer(v))
	switch collaboration.CodeOf(err) {
	case "", collaboration.CodeAlreadyDecided, collaboration.CodeNoProposal, collaboration.CodeNotActive:
		return v.Redirect(v.Request().URL.Path)
	case collaboration.CodeOutcomeUnknown:
		return v.RedirectWithNotice(v.Request().URL.Path, "received")
	default:
		return h.writeChange(v, c, err)
	}
}

func (h collaborationPages) writeChange(v *page.Context, c app.Collaboration, wrong error) error {
	l, r, status := v.Locale, c.Activation, http.StatusOK
	title := "change.title"
	if r.Proposal.Kind == collaboration.ProposalRenewal {
		title = "change.title.renewal"
	}
	p := &changePage{
		Page: v.Page("mine", i18n.Text(l, title, r.OfficeName)), OfficeName: r.OfficeName, CustomerName: r.CustomerName,
		SolutionName: c.Solution.Name.In(l), Proposal: view.NewProposal(r, c.Solution, l), Reasons: collaboration.DeclineReasons(), Approve: i18n.Text(l, "change.approve"),
		TermsVersion: c.Solution.Terms.Version, Terms: c.Solution.Terms.Text.In(l),
		Switch: page.LoginPath(v.Request().URL.Path) + "&switch=1", Mine: myCollaboration(r.ID),
	}
	if r.Proposal.IsOpen() {
		p.Form = &approvalForm{Nonce: rand.Text(), OfferHash: c.Proposed(l).Hash()}
		p.Form.fill(v, wrong)
	}
	if wrong != nil {
		status = problem.Report(v.Context(), wrong).Status
	}
	return v.Render(status, "customer/change", p)
}
