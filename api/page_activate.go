package api

import (
	"crypto/rand"
	"net/http"

	"countersign/api/web"
	"countersign/collaboration"
)

// activatePage is the form for activating one solution for one customer, and
// what Activate will do.
type activatePage struct {
	web.Page
	FormView
	Wrong web.Wrong
	// Will is what Activate does, in order.
	Will []string
	// Live is the activation that stands in the way.
	Live    *stand
	Mend    []mend
	Entries []web.Field
}

// mend is something in the way, and what to do about it.
type mend struct{ Text, Do, Link, Path string }

// confirmPage is what exactly will happen, before it does.
type confirmPage struct {
	web.Page
	FormView
	Will  []string
	Facts []fact
	// Filled is the form, as it was filled in.
	Filled []web.Choice
	// Nonce makes that sending it twice does it once.
	Nonce string
}

// fact is something about an activation, in words.
type fact struct{ Label, Value, More string }

// showActivate shows the form.
func (s *Server) showActivate(v *visit) error {
	f, err := s.filledForm(v)
	if err != nil {
		return err
	}
	return s.writeActivate(v, f, http.StatusOK, nil)
}

// postActivate takes the form: first to say what exactly would happen, and when
// that is confirmed, to do it.
func (s *Server) postActivate(v *visit) error {
	f, err := s.filledForm(v)
	if err != nil {
		return err
	}
	switch confirmed := v.posted("confirm") != "" && len(v.posted("nonce")) == len(rand.Text()); {
	case v.posted("change") != "":
		return s.writeActivate(v, f, http.StatusOK, nil)
	case f.view.LiveActivation == "" && v.posted("scenario") != "" && v.posted("scenario") != string(f.view.Scenario):
		err = &collaboration.Error{Code: collaboration.CodeScenarioChanged}
	case confirmed:
		out, failed := s.activate(v.ctx(), &activateInput{IdempotencyKey{"page-" + v.posted("nonce")}, f.body()})
		if failed == nil {
			return v.seeOther(activationPage(string(out.Body.ID)))
		}
		err = failed
	case f.view.LiveActivation != "":
		err = &collaboration.Error{Code: collaboration.CodeActivationExists, Activation: f.view.LiveActivation}
	default:
		order, failed := s.considered(v, f)
		if failed == nil {
			return s.confirmActivate(v, f, order, http.StatusOK, rand.Text())
		}
		err = failed
	}
	return s.refuseActivate(v, f, err)
}

// considered is the order that the form would become, with nothing started.
func (s *Server) considered(v *visit, f filledForm) (collaboration.Order, error) {
	request, misshapen, err := s.readRequest(f.body())
	if err != nil {
		return collaboration.Order{}, err
	}
	order, _, err := s.order(v.ctx(), request, misshapen)
	return order, err
}

// refuseActivate says why nothing was started, with the form as it was filled
// in. Where the fault is ours, the same can be sent once more.
func (s *Server) refuseActivate(v *visit, f filledForm, wrong error) error {
	e := inCatalogue(wrong)
	status := problemOf(v.ctx(), wrong).Status
	switch e.Code {
	case collaboration.CodeActivationExists:
		f.view.LiveActivation = e.Activation
	case collaboration.CodeInvalidRequest, collaboration.CodeScenarioChanged, collaboration.CodeIdempotencyKeyReused:
	default:
		if !e.Code.Retryable() {
			return wrong
		}
		if order, err := s.considered(v, f); err == nil && v.posted("confirm") != "" {
			return s.confirmActivate(v, f, order, status, v.posted("nonce"))
		}
	}
	return s.writeActivate(v, f, status, wrong)
}

func (s *Server) writeActivate(v *visit, f filledForm, status int, wrong error) error {
	l := v.locale
	p := activatePage{Page: v.page("customers", web.Text(l, "office.activate.title", f.view.Solution.Name, f.view.CustomerName)), FormView: f.view,
		Will: f.willDo(l), Mend: mends(f.view, l), Entries: f.entries(l)}
	switch code := collaboration.CodeOf(wrong); {
	case wrong == nil:
	case f.view.LiveActivation != "":
		p.Problem = collaboration.CodeActivationExists.Text(l)
	case code == collaboration.CodeInvalidRequest && len(p.Mend) == 0:
		p.Wrong = blame(p.Entries, wrong, l)
	case code == collaboration.CodeIdempotencyKeyReused:
		p.Problem = web.Text(l, "office.activate.again")
	case code != collaboration.CodeInvalidRequest:
		p.Problem = code.Text(l)
	}
	if f.view.LiveActivation != "" {
		p.Live = s.liveStand(v, f)
	}
	return v.show(status, "office/activate", p)
}

// liveStand tells of the activation that stands in the way, also where nothing
// of it is recorded yet.
func (s *Server) liveStand(v *visit, f filledForm) *stand {
	r, err := s.record(v.ctx(), f.view.LiveActivation)
	if err != nil {
		r = collaboration.Record{ID: f.view.LiveActivation, State: collaboration.Activating}
	}
	st := &stand{Solution: f.view.Solution}
	st.tell(r, v.locale)
	return st
}

// mends are the hindrances of a form, each with what to do.
func mends(view FormView, l collaboration.Locale) []mend {
	var all []mend
	for _, h := range view.Hindrances {
		m := mend{Text: h.Message, Do: web.Text(l, "office.mend."+string(h.Code)), Link: web.Text(l, "office.mend."+string(h.Code)+".link")}
		m.Path = "/customers/" + view.CustomerID + map[collaboration.Code]string{
			collaboration.CodeNoOpenTask: "/tasks", collaboration.CodeAdministratorMissing: "/contacts"}[h.Code]
		all = append(all, m)
	}
	return all
}
