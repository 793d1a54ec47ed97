package activities_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"countersign/activities"
	"countersign/collaboration"
)

// round is a letter to several people; it fails for those it is told to.
type round struct {
	activities.Facts
	to   []string
	fail map[string]collaboration.Code
	sent []string
	link string // the last one that was sent
	mail collaboration.Mail
}

func (r *round) Addressees(context.Context, collaboration.Letter) ([]string, error) { return r.to, nil }
func (r *round) BeginMail(_ context.Context, l collaboration.Letter, employee string) (collaboration.Delivery, error) {
	m := r.mail
	m.Kind, m.ToOffice, m.To.ID = l.Kind, employee != "", employee
	status := collaboration.DeliverySending
	if slices.Contains(r.sent, employee) {
		status = collaboration.DeliveryAccepted
	}
	return collaboration.Delivery{Status: status, Mail: m}, nil
}
func (r *round) FinishMail(context.Context, collaboration.Letter, string, collaboration.DeliveryStatus, string) error {
	return nil
}
func (r *round) FailMail(context.Context, collaboration.Letter, string, collaboration.Code) error {
	return nil
}
func (r *round) Send(_ context.Context, m collaboration.Mail) (string, error) {
	if (m.Link != "") == m.ToOffice {
		return "", collaboration.Errorf(collaboration.CodeInternal, "link %q to the office: %t", m.Link, m.ToOffice)
	}
	if code := r.fail[m.To.ID]; code != "" {
		return "", &collaboration.Error{Code: code}
	}
	r.sent, r.link = append(r.sent, m.To.ID), m.Link
	return "", nil
}
func (r *round) ApprovalURL(collaboration.ActivationID, int, time.Time) string { return "approve" }
func (r *round) CollaborationURL(id collaboration.ActivationID) string {
	return "collaboration " + string(id)
}
func (r *round) Allow() bool { return true }

func (r *round) run(t *testing.T, kind collaboration.LetterKind) error {
	t.Helper()
	env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	a, _ := activities.New(r, r, r, r)
	env.RegisterActivity(a)
	_, err := env.ExecuteActivity(a.SendLetter, collaboration.Letter{Activation: "a", Kind: kind})
	return err
}

func approvedMail() collaboration.Mail {
	return collaboration.Mail{Agreement: &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 1, Day: 31}, Months: 12, Term: 1, Renews: true, NextMonths: 3}}
}

// One who cannot be reached keeps nobody else from a letter, and who has it
// gets it once.
func TestALetterReachesEveryoneItCan(t *testing.T) {
	for name, tt := range map[string]struct {
		fail map[string]collaboration.Code
		sent []string
		code collaboration.Code
	}{
		"everyone":        {nil, []string{"", "maja", "nils"}, ""},
		"one refused":     {map[string]collaboration.Code{"": collaboration.CodeMailRejected}, []string{"maja", "nils"}, collaboration.CodeMailRejected},
		"one for a while": {map[string]collaboration.Code{"maja": collaboration.CodeMailUnavailable}, []string{"", "nils"}, collaboration.CodeMailUnavailable},
		"refused and for a while": {map[string]collaboration.Code{"": collaboration.CodeMailRejected, "nils": collaboration.CodeMailUnavailable},
			[]string{"maja"}, collaboration.CodeMailUnavailable},
	} {
		r := &round{to: []string{"", "maja", "nils"}, fail: tt.fail, mail: approvedMail()}
		err := r.run(t, collaboration.LetterApproved)
		if got := codeOf(err); got != tt.code || !slices.Equal(r.sent, tt.sent) {
			t.Errorf("%s: sent to %q, %v", name, r.sent, err)
		}
		r.fail = nil
		if err := r.run(t, collaboration.LetterApproved); err != nil || len(r.sent) != 3 {
			t.Errorf("%s, again: sent to %q, %v", name, r.sent, err)
		}
	}
}

// A letter of a running collaboration leads to it, one that asks leads to the
// invitation, and there is nothing to look after before and after that.
func TestWhereLettersLead(t *testing.T) {
	for kind, want := range map[collaboration.LetterKind]string{
		collaboration.LetterApproved: "collaboration a", collaboration.LetterTermEnds: "collaboration a", collaboration.LetterNotice: "collaboration a",
	} {
		r := &round{to: []string{""}, mail: approvedMail()}
		if err := r.run(t, kind); err != nil || r.link != want {
			t.Errorf("%s leads to %q, %v", kind, r.link, err)
		}
	}
	r := &round{to: []string{""}, mail: approvedMail()}
	if err := r.run(t, collaboration.LetterReminder); err != nil || r.link != "approve" {
		t.Errorf("a reminder leads to %q, %v", r.link, err)
	}
}

func codeOf(err error) collaboration.Code {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return collaboration.Code(application.Type())
	}
	return ""
}
