package workflows_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/message"
)

// notificationsAt returns the days after the request on which notifications of a kind were
// sent.
func (s *scene) notificationsAt(kind collaboration.NotificationKind) (days []float64) {
	for _, l := range s.backend.sent(kind) {
		days = append(days, l.At.Sub(requestedAt).Round(time.Hour).Hours()/24)
	}
	return days
}

func (s *scene) wantReminders(days ...float64) {
	s.t.Helper()
	if got := s.notificationsAt(collaboration.NotificationReminder); !slices.Equal(got, days) {
		s.t.Errorf("reminded after %v days, want %v", got, days)
	}
}

func (s *scene) send(c message.Command) *reply {
	s.t.Helper()
	return s.update("u-"+string(c.Kind)+s.env.Now().String(), c)
}

func (s *scene) correction(email string) message.Command {
	return message.Command{Kind: collaboration.CommandCorrect, ID: "c-" + email, Activation: s.order.Activation, Email: email, By: "emp-2"}
}

func (s *scene) change(id string, c collaboration.Change) message.Command {
	return message.Command{ID: id, Activation: s.order.Activation, Kind: collaboration.CommandChange, By: "emp-2", Change: &c}
}

func (s *scene) bounce(generation int) {
	s.signal(message.Command{
		ID: fmt.Sprintf("bounce-%d", generation), Activation: s.order.Activation, Kind: collaboration.CommandReport,
		Report: &message.Report{Generation: generation, Status: collaboration.DeliveryBounced},
	})
}

func TestReminders(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	tests := map[string]struct {
		meanwhile func(*scene)
		want      []float64
	}{
		"until it expires":    {func(*scene) {}, []float64{3, 7, 14, 28}},
		"none after approval": {func(s *scene) { s.approveAfter(8 * day) }, []float64{3, 7}},
		"none after a decline": {func(s *scene) {
			s.after(4*day, func() { s.send(s.decision("d-1", collaboration.Decline)) })
		}, []float64{3}},
		"a resend begins anew": {func(s *scene) {
			s.after(10*day, func() {
				s.send(message.Command{Kind: collaboration.CommandResend, ID: "r-1", Activation: s.order.Activation, By: "emp-2"})
			})
		}, []float64{3, 7, 13, 17, 24, 38}},
		"paused": {func(s *scene) {
			s.after(day, func() {
				s.send(s.change("p-1", collaboration.Change{RemindersPaused: &yes}))
			})
		}, nil},
		"paused and gone on with": {func(s *scene) {
			s.after(day, func() {
				s.send(s.change("p-1", collaboration.Change{RemindersPaused: &yes}))
			})
			s.after(8*day, func() {
				s.send(s.change("p-2", collaboration.Change{RemindersPaused: &no}))
			})
		}, []float64{14, 28}},
		"bounced": {func(s *scene) { s.after(4*day, func() { s.bounce(1) }) }, []float64{3}},
		"bounced and corrected": {func(s *scene) {
			s.after(4*day, func() { s.bounce(1) })
			s.after(5*day, func() { s.send(s.correction("ny@kund.example")) })
		}, []float64{3, 8, 12, 19, 33}},
		"an earlier generation's bounce": {func(s *scene) {
			s.after(day, func() { s.send(s.correction("ny@kund.example")) })
			s.after(2*day, func() { s.bounce(1) })
		}, []float64{4, 8, 15, 29}},
		"after downtime one": {func(s *scene) {
			// The database is unavailable for six days, over the reminders of day 3 and 7.
			s.backend.fail["change"] = func(n int) error {
				if n > 1 {
					return nil
				}
				return &collaboration.Error{Code: collaboration.CodeUnavailable, RetryAfter: 6 * day}
			}
			s.after(2*day, func() { s.send(s.change("t-1", collaboration.Change{TaskID: "t-2"})) })
		}, []float64{8, 14, 28}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			tt.meanwhile(s)
			s.run()
			s.wantReminders(tt.want...)
		})
	}
}

func TestBounce_NotifiesOfficeOnce(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	var corrected, late *reply
	s.after(day, func() { s.bounce(1) })
	s.after(day+time.Hour, func() { s.bounce(1) }) // the provider repeats the event
	s.after(2*day, func() { corrected = s.send(s.correction("ny@kund.example")) })
	s.after(3*day, func() { late = s.send(s.decision("d-1", collaboration.Approve)) })
	s.run()
	if late.code() != collaboration.CodeLinkReplaced {
		t.Errorf("the superseded link: %v", late.err)
	}
	if got := s.notificationsAt(collaboration.NotificationBounced); !slices.Equal(got, []float64{1}) {
		t.Errorf("the office was notified after %v days", got)
	}
	if corrected.err != nil || corrected.status.Generation != 2 || corrected.status.Bounced {
		t.Errorf("corrected: %+v", corrected)
	}
	done := s.backend.done()
	if i := slices.Index(done, "correct address"); i < 0 || done[i+1] != "mail" {
		t.Errorf("the address must be stored before the mail is sent: %q", done)
	}
}

// The provider rejects the address of the first invitation permanently. That is a bounce: the
// activation waits for a correction, for as long as an invitation is valid.
func TestRefusedAddress_WaitsForCorrection(t *testing.T) {
	t.Parallel()
	for name, correct := range map[string]bool{"corrected": true, "expired": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.NewCustomer)
			s.backend.fail["mail"] = firstly(1, collaboration.CodeMailRejected)
			if correct {
				var corrected *reply
				s.after(2*day, func() { corrected = s.send(s.correction("ny@kund.example")) })
				s.after(3*day, func() {
					d := s.decision("d-1", collaboration.Approve)
					d.Decision.Generation = 2
					s.send(d)
				})
				s.run()
				if corrected.err != nil || corrected.status.Bounced || s.backend.count("start agreement") != 1 {
					t.Errorf("corrected: %+v, done %q", corrected, s.backend.done())
				}
			} else {
				s.run()
				if c := s.backend.closing; c.State != collaboration.Expired || c.Code != "" {
					t.Errorf("closed as %s (%s)", c.State, c.Code)
				}
				if got := s.env.Now().Sub(requestedAt); got < 30*day || got > 30*day+time.Minute {
					t.Errorf("closed after %s", got)
				}
				s.wantReminders()
			}
			if got := s.notificationsAt(collaboration.NotificationBounced); !slices.Equal(got, []float64{0}) {
				t.Errorf("the office was notified after %v days", got)
			}
		})
	}
}

// The provider rejects a reminder: the office is notified, and no other reminder follows.
func TestRefusedReminder_IsBounce(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["notification reminder"] = always(collaboration.CodeMailRejected)
	s.run()
	if got := s.notificationsAt(collaboration.NotificationBounced); !slices.Equal(got, []float64{3}) {
		t.Errorf("the office was notified after %v days", got)
	}
	if got := s.backend.count("notification reminder"); got != 1 {
		t.Errorf("%d reminders", got)
	}
}

func TestForward_InvitesAnotherAdministrator(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.after(day, func() {
		s.send(message.Command{Kind: collaboration.CommandForward, ID: "f-1", Activation: s.order.Activation, Administrator: "a-2", By: "emp-2"})
	})
	s.run()
	invited := s.backend.invited()
	if len(invited) != 2 || invited[0].Administrator != "" || invited[1].Administrator != "a-2" || invited[1].Generation != 2 {
		t.Errorf("invited %+v", invited)
	}
	for _, l := range s.backend.sent(collaboration.NotificationReminder) {
		if l.Administrator != "a-2" || l.Generation != 2 {
			t.Errorf("reminded %+v", l)
		}
	}
}

func colleague(email string) collaboration.Contact {
	return collaboration.Contact{Name: "Per Öberg", Email: email, Phone: "070-123 45 67"}
}

func (s *scene) handOn(id, email string, generation int) message.Command {
	return message.Command{Kind: collaboration.CommandHandOn, ID: id, Activation: s.order.Activation, By: "admin-1",
		HandOn: &message.HandOn{Colleague: colleague(email), Generation: generation}}
}

func TestHandOn_InvitesColleague(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		email string
		fail  func(int) error
		// known is the colleague's id; "" for the id that the workflow has chosen.
		known   string
		refused bool
	}{
		"a new administrator":      {email: "per@kund.example"},
		"an administrator":         {email: "known@kund.example", known: "a-known"},
		"while the database fails": {email: "known@kund.example", known: "a-known", fail: firstly(3, collaboration.CodeUnavailable)},
		"the platform refuses":     {email: "per@kund.example", fail: always(collaboration.CodePlatformRefused), refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.OnPlatform)
			s.backend.fail["hand on"] = tt.fail
			var r, early, late *reply
			s.after(day, func() { r = s.send(s.handOn("h-1", tt.email, 1)) })
			s.after(2*day, func() { early = s.send(s.decision("d-1", collaboration.Approve)) })
			s.after(2*day+time.Hour, func() { late = s.send(s.handOn("h-2", tt.email, 1)) })
			s.run()
			want := tt.known
			if want == "" && !tt.refused {
				want = s.backend.changes[0].Administrator
			}
			if r.err != nil || r.status.Generation != 2 || r.status.ExpiresAt.Sub(requestedAt) < 31*day-time.Minute {
				t.Errorf("handed on: %+v", r)
			}
			if early.code() != collaboration.CodeLinkReplaced || late.code() != collaboration.CodeLinkReplaced {
				t.Errorf("by the superseded link: %v, %v", early.err, late.err)
			}
			invited := s.backend.invited()
			if len(invited) != 2 || invited[1].Administrator != want || invited[1].Generation != 2 || !tt.refused && want == "" {
				t.Errorf("invited %+v, want %q", invited, want)
			}
			for _, n := range s.backend.sent(collaboration.NotificationReminder) {
				if n.Administrator != want {
					t.Errorf("reminded %+v", n)
				}
			}
			notified := s.backend.sent(collaboration.NotificationHandedOn)
			if tt.refused != (len(notified) == 0) || len(notified) > 1 || len(notified) == 1 && (notified[0].By != "admin-1" || notified[0].Administrator != want) {
				t.Errorf("notified the office: %+v", notified)
			}
		})
	}
}

// The office forwards the invitation before the hand-on is stored.
func TestHandOn_LaterRecipientReplacesColleague(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	s.backend.fail["hand on"] = firstly(1, collaboration.CodeUnavailable)
	s.after(day, func() {
		s.signal(s.handOn("h-1", "known@kund.example", 1))
		s.signal(message.Command{Kind: collaboration.CommandForward, ID: "f-1", Activation: s.order.Activation, Administrator: "a-2", By: "emp-2"})
	})
	s.run()
	if invited := s.backend.invited(); len(invited) != 2 || invited[1].Administrator != "a-2" || invited[1].Generation != 3 {
		t.Errorf("invited %+v", invited)
	}
}

func TestHandOn_IsLimited(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.OnPlatform)
	var replies []*reply
	for n := range collaboration.MaxHandOns + 1 {
		s.after(time.Duration(n+1)*day, func() {
			replies = append(replies, s.send(s.handOn(fmt.Sprintf("h-%d", n), fmt.Sprintf("per-%d@kund.example", n), n+1)))
		})
	}
	var again *reply
	s.after(10*day, func() { again = s.send(s.handOn("h-0", "per-0@kund.example", 1)) }) // a retry
	s.run()
	for n, r := range replies {
		if limited := n == collaboration.MaxHandOns; limited && r.code() != collaboration.CodeHandOnLimit || !limited && r.err != nil {
			t.Errorf("hand-on %d: %v", n, r.err)
		}
	}
	if again.err != nil || s.backend.count("hand on") != collaboration.MaxHandOns {
		t.Errorf("a retry: %v, %q", again.err, s.backend.done())
	}
}

// The customer approves the terms of its invitation.
func TestChange_OfOfferSendsNewGeneration(t *testing.T) {
	t.Parallel()
	june := collaboration.Period{Start: collaboration.ChosenMonth, Month: collaboration.Date{Year: 2027, Month: 6, Day: 1}}
	tests := map[string]struct {
		change     collaboration.Change
		generation int
	}{
		"task":          {collaboration.Change{TaskID: "t-2"}, 1},
		"payer":         {collaboration.Change{InvoiceRecipient: collaboration.PaidByCustomer}, 2},
		"the same":      {collaboration.Change{InvoiceRecipient: collaboration.PaidByOffice}, 1},
		"period":        {collaboration.Change{Period: &june}, 2},
		"length":        {collaboration.Change{AgreementMonths: 3}, 2},
		"several":       {collaboration.Change{TaskID: "t-2", InvoiceRecipient: collaboration.PaidByCustomer, Period: &june, AgreementMonths: 3}, 2},
		"its reminders": {collaboration.Change{RemindersPaused: new(bool)}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, collaboration.OnPlatform)
			var changed *reply
			s.after(day, func() { changed = s.send(s.change("m-1", tt.change)) })
			s.after(2*day, func() {
				d := s.decision("d-1", collaboration.Approve)
				d.Decision.Generation = tt.generation
				s.send(d)
			})
			s.run()
			if changed.err != nil || changed.status.Generation != tt.generation || s.backend.count("mail") != tt.generation {
				t.Errorf("changed: %+v, %d mails", changed, s.backend.count("mail"))
			}
			if len(s.backend.changes) != 1 || s.backend.changes[0].At.IsZero() {
				t.Errorf("stored %+v", s.backend.changes)
			}
			order := s.continued().Order
			if tt.change.TaskID != "" && order.TaskID != "t-2" {
				t.Errorf("the next term has the task %s", order.TaskID)
			}
			if tt.change.Period != nil && s.backend.approval.Agreement.StartsOn != june.Month {
				t.Errorf("starts on %s", s.backend.approval.Agreement.StartsOn)
			}
			if tt.change.AgreementMonths != 0 && s.backend.approval.Agreement.Months != 3 {
				t.Errorf("runs %d months", s.backend.approval.Agreement.Months)
			}
		})
	}
}

func TestChange_Rejections(t *testing.T) {
	t.Parallel()
	may := &collaboration.Period{Start: collaboration.NextMonth}
	tests := map[string]struct {
		at   time.Duration
		body func(*scene) message.Command
		want collaboration.Code
	}{
		"invalid address": {day, func(s *scene) message.Command { return s.correction("nobody") }, collaboration.CodeInvalidRequest},
		"no recipient": {day, func(s *scene) message.Command {
			return message.Command{Kind: collaboration.CommandForward, ID: "f", Activation: s.order.Activation, By: "emp-2"}
		}, collaboration.CodeInvalidRequest},
		"no such payer":               {day, func(s *scene) message.Command { return s.change("m", collaboration.Change{InvoiceRecipient: "me"}) }, collaboration.CodeInvalidRequest},
		"no such length":              {day, func(s *scene) message.Command { return s.change("m", collaboration.Change{AgreementMonths: 5}) }, collaboration.CodeInvalidRequest},
		"notice before it runs":       {day, func(s *scene) message.Command { return s.revokingNotice() }, collaboration.CodeNotActive},
		"a correction after approval": {5 * day, func(s *scene) message.Command { return s.correction("ny@kund.example") }, collaboration.CodeAlreadyDecided},
		"a hand-on after approval":    {5 * day, func(s *scene) message.Command { return s.handOn("h", "per@kund.example", 1) }, collaboration.CodeAlreadyDecided},
		"a forward after approval": {5 * day, func(s *scene) message.Command {
			return message.Command{Kind: collaboration.CommandForward, ID: "f", Activation: s.order.Activation, By: "emp-2", Administrator: "a-2"}
		}, collaboration.CodeAlreadyDecided},
		"a period that has begun":   {5 * day, func(s *scene) message.Command { return s.change("m", collaboration.Change{Period: may}) }, collaboration.CodeInvalidRequest},
		"reminders of nothing":      {5 * day, func(s *scene) message.Command { return s.change("m", collaboration.Change{RemindersPaused: new(bool)}) }, collaboration.CodeInvalidRequest},
		"no notice to revoke":       {5 * day, func(s *scene) message.Command { return s.revokingNotice() }, collaboration.CodeNoNotice},
		"an end on no day":          {5 * day, func(s *scene) message.Command { return s.ending("e", collaboration.EndOnDate) }, collaboration.CodeInvalidRequest},
		"an end before it runs too": {day, func(s *scene) message.Command { return s.ending("e", collaboration.EndNow) }, collaboration.CodeNotActive},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, collaboration.OnPlatform)
			s.approveAfter(2 * day)
			var r *reply
			s.after(tt.at, func() { r = s.send(tt.body(s)) })
			s.run()
			if r.code() != tt.want {
				t.Errorf("got %v, want %s", r.err, tt.want)
			}
			for _, quiet := range []string{"change", "correct address", "forward", "hand on", "notice_revoked", "end_set"} {
				if s.backend.count(quiet) != 0 {
					t.Errorf("it had an effect: %q", s.backend.done())
				}
			}
			if s.backend.count("mail") != 1 {
				t.Errorf("%d mails", s.backend.count("mail"))
			}
		})
	}
}

// Each correction mails the old and the new address once. A signal of the same command and a
// repeat change nothing.
func TestCorrect_MailsBothAddresses(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	first, second := s.correction("ny@kund.example"), s.correction("nyare@kund.example")
	s.after(day, func() { s.send(first) })
	s.after(2*day, func() { s.signal(first) })
	s.after(3*day, func() { s.signal(second) })
	s.run()
	var want []string
	for _, c := range []message.Command{first, second} {
		for _, m := range message.AddressMails(s.order.OfficeID, c.AddressChange()) {
			want = append(want, string(m.Kind)+" "+m.ID)
		}
	}
	slices.Sort(want)
	slices.Sort(s.backend.directoryMails)
	if !slices.Equal(s.backend.directoryMails, want) {
		t.Errorf("mails %q, want %q", s.backend.directoryMails, want)
	}
}

// The office corrects the address while the first mail is retried.
func TestCorrect_InterruptsMail(t *testing.T) {
	t.Parallel()
	s := newScene(t, collaboration.NewCustomer)
	s.backend.fail["mail"] = func(int) error {
		if s.backend.countLocked("correct address") == 0 {
			return &collaboration.Error{Code: collaboration.CodeMailUnavailable}
		}
		return nil
	}
	s.after(2*time.Minute, func() { s.send(s.correction("ny@kund.example")) })
	s.run()
	invited := s.backend.invited()
	if len(invited) != 1 || invited[0].Generation != 2 || invited[0].At.Sub(requestedAt) > 3*time.Minute {
		t.Errorf("invited %+v", invited)
	}
	if s.backend.closing.State != collaboration.Expired {
		t.Errorf("closed as %s", s.backend.closing.State)
	}
}

func TestNotify_OfficeOfOutcome(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		do   func(*scene)
		want collaboration.NotificationKind
	}{
		"approved": {func(s *scene) { s.approveAfter(day) }, collaboration.NotificationApproved},
		"declined": {func(s *scene) {
			s.after(day, func() { s.send(s.decision("d-1", collaboration.Decline)) })
		}, collaboration.NotificationDeclined},
		"expired": {func(*scene) {}, collaboration.NotificationExpired},
		"failed":  {func(s *scene) { s.backend.fail["check task"] = always(collaboration.CodeTaskClosed) }, collaboration.NotificationFailed},
	}
	for name, tt := range tests {
		for _, outage := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, collaboration.OnPlatform)
				if outage { // a NotificationWorkflow sends the notification
					s.backend.fail["notification "+string(tt.want)] = firstly(3, collaboration.CodeMailUnavailable)
				}
				tt.do(s)
				s.run()
				sent := s.backend.sent(tt.want)
				if len(sent) != 1 {
					t.Fatalf("notified %d times", len(sent))
				}
				// The person who answered receives the confirmation.
				answered := tt.want == collaboration.NotificationApproved || tt.want == collaboration.NotificationDeclined
				if want := map[bool]string{true: "admin-1"}[answered]; sent[0].Administrator != want {
					t.Errorf("notified %q of the customer, want %q", sent[0].Administrator, want)
				}
			})
		}
	}
}
