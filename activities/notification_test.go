package activities_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"

	"countersign/activities"
	"countersign/collaboration"
	"countersign/collaboration/message"
)

// recipients is the store and the mail provider of a notification to several people.
type recipients struct {
	activities.Store
	to   []string
	fail map[string]collaboration.Code // the answer of the provider, by recipient
	sent []string
	link string // that of the last mail
	mail collaboration.Mail
	// bounced has the reports of the last activity.
	bounced []message.Report
}

func (r *recipients) Invitees(context.Context, collaboration.Notification) ([]string, error) {
	return r.to, nil
}
func (r *recipients) Addressees(context.Context, collaboration.Notification) ([]string, error) {
	return r.to, nil
}
func (r *recipients) BeginMail(_ context.Context, n collaboration.Notification, employee string) (collaboration.Delivery, error) {
	m := r.mail
	m.Kind, m.ToOffice, m.To.ID = n.Kind, employee != "", cmp.Or(employee, n.Administrator)
	status := collaboration.DeliverySending
	if slices.Contains(r.sent, m.To.ID) {
		status = collaboration.DeliveryAccepted
	}
	return collaboration.Delivery{Status: status, Mail: m}, nil
}
func (r *recipients) FinishMail(context.Context, collaboration.Notification, string, collaboration.DeliveryStatus, string) error {
	return nil
}
func (r *recipients) FailMail(context.Context, collaboration.Notification, string, collaboration.Code) error {
	return nil
}
func (r *recipients) Send(_ context.Context, m collaboration.Mail) (string, error) {
	if isOfficePage := m.Link == "activation a"; m.Link == "" || isOfficePage != m.ToOffice {
		return "", collaboration.Errorf(collaboration.CodeInternal, "link %q to the office: %t", m.Link, m.ToOffice)
	}
	if code := r.fail[m.To.ID]; code != "" {
		return "", &collaboration.Error{Code: code}
	}
	r.sent, r.link = append(r.sent, m.To.ID), m.Link
	return "", nil
}
func (r *recipients) ApprovalURL(collaboration.ActivationID, int, time.Time) string { return "approve" }
func (r *recipients) HomeURL() string                                               { return "https://x.example/" }
func (r *recipients) SendDirectoryMail(context.Context, collaboration.DirectoryMail) (string, error) {
	return "provider-1", nil
}
func (r *recipients) ActivationURL(id collaboration.ActivationID) string {
	return "activation " + string(id)
}
func (r *recipients) CollaborationURL(id collaboration.ActivationID) string {
	return "collaboration " + string(id)
}
func (r *recipients) Allow() bool { return true }

func (r *recipients) run(t *testing.T, kind collaboration.NotificationKind) error {
	t.Helper()
	env := (&testsuite.WorkflowTestSuite{}).NewTestActivityEnvironment()
	a, _ := activities.New(r, r, r, r, collaboration.Catalogue{})
	env.RegisterActivity(a)
	send := a.SendNotification
	if kind == collaboration.NotificationInvitation {
		send = a.SendInvitation
	}
	result, err := env.ExecuteActivity(send, collaboration.Notification{Activation: "a", Kind: kind, Generation: 3})
	if err == nil {
		r.bounced = nil
		err = result.Get(&r.bounced)
	}
	return err
}

func approvedMail() collaboration.Mail {
	return collaboration.Mail{Agreement: &collaboration.Agreement{StartsOn: collaboration.Date{Year: 2027, Month: 1, Day: 31}, Months: 12, Term: 1, Renews: true, NextMonths: 3}}
}

// A failure for one recipient does not stop the others, and a retry mails only those
// without the notification.
func TestSendNotification_ContinuesAfterFailure(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fail map[string]collaboration.Code
		sent []string
		code collaboration.Code
	}{
		"no failure":      {nil, []string{"", "maja", "nils"}, ""},
		"one rejected":    {map[string]collaboration.Code{"": collaboration.CodeMailRejected}, []string{"maja", "nils"}, collaboration.CodeMailRejected},
		"one unavailable": {map[string]collaboration.Code{"maja": collaboration.CodeMailUnavailable}, []string{"", "nils"}, collaboration.CodeMailUnavailable},
		"one rejected, one unavailable": {map[string]collaboration.Code{"": collaboration.CodeMailRejected, "nils": collaboration.CodeMailUnavailable},
			[]string{"maja"}, collaboration.CodeMailUnavailable},
	} {
		r := &recipients{to: []string{"", "maja", "nils"}, fail: tt.fail, mail: approvedMail()}
		err := r.run(t, collaboration.NotificationApproved)
		if got := codeOf(err); got != tt.code || !slices.Equal(r.sent, tt.sent) {
			t.Errorf("%s: sent to %q, %v", name, r.sent, err)
		}
		r.fail = nil
		if err := r.run(t, collaboration.NotificationApproved); err != nil || len(r.sent) != 3 {
			t.Errorf("%s, again: sent to %q, %v", name, r.sent, err)
		}
	}
}

// The button of a notification about a running collaboration opens the collaboration; the
// button of an invitation or a reminder opens the approval page.
func TestSendNotification_LinksByKind(t *testing.T) {
	t.Parallel()
	for kind, want := range map[collaboration.NotificationKind]string{
		collaboration.NotificationApproved: "collaboration a", collaboration.NotificationTermEnds: "collaboration a", collaboration.NotificationNotice: "collaboration a",
	} {
		r := &recipients{to: []string{""}, mail: approvedMail()}
		if err := r.run(t, kind); err != nil || r.link != want {
			t.Errorf("%s links to %q, %v", kind, r.link, err)
		}
	}
	declined := &recipients{to: []string{""}, mail: collaboration.Mail{Decision: &collaboration.Decision{Generation: 1}}}
	if err := declined.run(t, collaboration.NotificationDeclined); err != nil || declined.link != "approve" {
		t.Errorf("a confirmed decline links to %q, %v", declined.link, err)
	}
	r := &recipients{to: []string{""}, mail: approvedMail()}
	if err := r.run(t, collaboration.NotificationReminder); err != nil || r.link != "approve" {
		t.Errorf("a reminder links to %q, %v", r.link, err)
	}
}

// The button of a mail to the office opens the activation, whatever its state.
func TestSendNotification_LinksOffice(t *testing.T) {
	t.Parallel()
	for _, kind := range collaboration.NotificationKinds() {
		if !kind.ToOffice() {
			continue
		}
		for name, mail := range map[string]collaboration.Mail{
			"an agreement": approvedMail(), "a decision": {Decision: &collaboration.Decision{Generation: 1}}, "neither": {},
		} {
			r := &recipients{to: []string{"maja"}, mail: mail}
			if err := r.run(t, kind); err != nil || r.link != "activation a" {
				t.Errorf("%s with %s links to %q, %v", kind, name, r.link, err)
			}
		}
	}
}

func codeOf(err error) collaboration.Code {
	var application *temporal.ApplicationError
	if errors.As(err, &application) {
		return collaboration.Code(application.Type())
	}
	return ""
}

// One rejected recipient does not stop the others. The invitation is retried for the
// recipients without it. Each rejected address is reported as a bounce.
func TestSendInvitation_SeveralRecipients(t *testing.T) {
	t.Parallel()
	bounce := func(administrator string, partial bool) message.Report {
		return message.Report{Generation: 3, Status: collaboration.DeliveryBounced, Administrator: administrator, Partial: partial}
	}
	for name, tt := range map[string]struct {
		fail    map[string]collaboration.Code
		sent    []string
		code    collaboration.Code
		bounced []message.Report
	}{
		"no failure":      {nil, []string{"a-1", "a-2"}, "", nil},
		"one rejected":    {map[string]collaboration.Code{"a-1": collaboration.CodeMailRejected}, []string{"a-2"}, "", []message.Report{bounce("a-1", true)}},
		"all rejected":    {map[string]collaboration.Code{"a-1": collaboration.CodeMailRejected, "a-2": collaboration.CodeMailRejected}, nil, "", []message.Report{bounce("a-1", false), bounce("a-2", false)}},
		"one unavailable": {map[string]collaboration.Code{"a-1": collaboration.CodeMailUnavailable}, []string{"a-2"}, collaboration.CodeMailUnavailable, nil},
		"no administrator": {map[string]collaboration.Code{"a-1": collaboration.CodeAdministratorMissing, "a-2": collaboration.CodeAdministratorMissing},
			nil, collaboration.CodeAdministratorMissing, nil},
	} {
		for _, kind := range []collaboration.NotificationKind{collaboration.NotificationInvitation, collaboration.NotificationReminder} {
			r := &recipients{to: []string{"a-1", "a-2"}, fail: tt.fail, mail: approvedMail()}
			if got := codeOf(r.run(t, kind)); got != tt.code || !slices.Equal(r.sent, tt.sent) || !slices.Equal(r.bounced, tt.bounced) {
				t.Errorf("%s, %s: sent to %q, %s, bounced %+v", kind, name, r.sent, got, r.bounced)
			}
		}
	}
}
