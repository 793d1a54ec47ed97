package workflows_test

import (
	"slices"
	"testing"
	"time"

	"countersign/collaboration"
)

// lettersAt are the days after the click on which letters of a kind went out.
func (s *scene) lettersAt(kind collaboration.LetterKind) (days []float64) {
	for _, l := range s.world.sent(kind) {
		days = append(days, l.At.Sub(clicked).Round(time.Hour).Hours()/24)
	}
	return days
}

func (s *scene) wantReminders(days ...float64) {
	s.t.Helper()
	if got := s.lettersAt(collaboration.LetterReminder); !slices.Equal(got, days) {
		s.t.Errorf("reminded after %v days, want %v", got, days)
	}
}

func (s *scene) send(name string, m any) *reply {
	s.t.Helper()
	return s.update(name, "u-"+name+s.env.Now().String(), m)
}

func (s *scene) correction(email string) collaboration.Correction {
	return collaboration.Correction{ID: "c-" + email, Activation: s.order.Activation, Email: email, By: "emp-2"}
}

func (s *scene) change(id string, c collaboration.Change) collaboration.Change {
	c.ID, c.Activation, c.By = id, s.order.Activation, "emp-2"
	return c
}

func (s *scene) bounce(generation int) {
	s.env.SignalWorkflow(collaboration.ReportMessage, collaboration.DeliveryReport{
		ID: "bounce", Activation: s.order.Activation, Generation: generation, Status: collaboration.DeliveryBounced,
	})
}

func TestReminders(t *testing.T) {
	yes, no := true, false
	tests := map[string]struct {
		meanwhile func(*scene)
		want      []float64
	}{
		"until it expires":    {func(*scene) {}, []float64{3, 7, 14, 28}},
		"none after approval": {func(s *scene) { s.approveAfter(8 * day) }, []float64{3, 7}},
		"none after a decline": {func(s *scene) {
			s.after(4*day, func() { s.send(collaboration.DecideMessage, s.decision("d-1", collaboration.Decline)) })
		}, []float64{3}},
		"a resend begins anew": {func(s *scene) {
			s.after(10*day, func() {
				s.send(collaboration.ResendMessage, collaboration.Resend{ID: "r-1", Activation: s.order.Activation, By: "emp-2"})
			})
		}, []float64{3, 7, 13, 17, 24, 38}},
		"paused": {func(s *scene) {
			s.after(day, func() {
				s.send(collaboration.ChangeMessage, s.change("p-1", collaboration.Change{RemindersPaused: &yes}))
			})
		}, nil},
		"paused and gone on with": {func(s *scene) {
			s.after(day, func() {
				s.send(collaboration.ChangeMessage, s.change("p-1", collaboration.Change{RemindersPaused: &yes}))
			})
			s.after(8*day, func() {
				s.send(collaboration.ChangeMessage, s.change("p-2", collaboration.Change{RemindersPaused: &no}))
			})
		}, []float64{14, 28}},
		"bounced": {func(s *scene) { s.after(4*day, func() { s.bounce(1) }) }, []float64{3}},
		"bounced and corrected": {func(s *scene) {
			s.after(4*day, func() { s.bounce(1) })
			s.after(5*day, func() { s.send(collaboration.CorrectMessage, s.correction("ny@kund.example")) })
		}, []float64{3, 8, 12, 19, 33}},
		"an earlier generation's bounce": {func(s *scene) {
			s.after(day, func() { s.send(collaboration.CorrectMessage, s.correction("ny@kund.example")) })
			s.after(2*day, func() { s.bounce(1) })
		}, []float64{4, 8, 15, 29}},
		"after downtime one": {func(s *scene) {
			// Nothing can be recorded for six days: the third and seventh day pass.
			s.world.fail["change"] = func(n int) error {
				if n > 1 {
					return nil
				}
				return &collaboration.Error{Code: collaboration.CodeUnavailable, RetryAfter: 6 * day}
			}
			s.after(2*day, func() { s.send(collaboration.ChangeMessage, s.change("t-1", collaboration.Change{TaskID: "t-2"})) })
		}, []float64{8, 14, 28}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, collaboration.OnPlatform)
			tt.meanwhile(s)
			s.run()
			s.wantReminders(tt.want...)
		})
	}
}

func TestTheOfficeIsAskedForABetterAddress(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	var corrected, late *reply
	s.after(day, func() { s.bounce(1) })
	s.after(day+time.Hour, func() { s.bounce(1) }) // the provider says it twice
	s.after(2*day, func() { corrected = s.send(collaboration.CorrectMessage, s.correction("ny@kund.example")) })
	s.after(3*day, func() { late = s.send(collaboration.DecideMessage, s.decision("d-1", collaboration.Approve)) })
	s.run()
	if late.code() != collaboration.CodeLinkReplaced {
		t.Errorf("the link that went to the wrong address: %v", late.err)
	}
	if got := s.lettersAt(collaboration.LetterBounced); !slices.Equal(got, []float64{1}) {
		t.Errorf("the office was asked after %v days", got)
	}
	if corrected.err != nil || corrected.standing.Generation != 2 || corrected.standing.Bounced {
		t.Errorf("corrected: %+v", corrected)
	}
	done := s.world.done()
	if i := slices.Index(done, "correct address"); i < 0 || done[i+1] != "mail" {
		t.Errorf("the address must be recorded before the mail goes there: %q", done)
	}
}

func TestForwardingInvitesAnotherAdministrator(t *testing.T) {
	s := newScene(t, collaboration.OnPlatform)
	s.after(day, func() {
		s.send(collaboration.ForwardMessage, collaboration.Forwarding{ID: "f-1", Activation: s.order.Activation, Administrator: "a-2", By: "emp-2"})
	})
	s.run()
	invited := s.world.invited()
	if len(invited) != 2 || invited[0].Administrator != "" || invited[1].Administrator != "a-2" || invited[1].Generation != 2 {
		t.Errorf("invited %+v", invited)
	}
	for _, l := range s.world.sent(collaboration.LetterReminder) {
		if l.Administrator != "a-2" || l.Generation != 2 {
			t.Errorf("reminded %+v", l)
		}
	}
}

// What the customer approves is what its invitation said.
func TestAChangeOfTheOfferAsksAnew(t *testing.T) {
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
			s.after(day, func() { changed = s.send(collaboration.ChangeMessage, s.change("m-1", tt.change)) })
			s.after(2*day, func() {
				d := s.decision("d-1", collaboration.Approve)
				d.Generation = tt.generation
				s.send(collaboration.DecideMessage, d)
			})
			s.run()
			if changed.err != nil || changed.standing.Generation != tt.generation || s.world.count("mail") != tt.generation {
				t.Errorf("changed: %+v, %d mails", changed, s.world.count("mail"))
			}
			if len(s.world.changes) != 1 || s.world.changes[0].Change.At.IsZero() {
				t.Errorf("recorded %+v", s.world.changes)
			}
			order := s.continued().Order
			if tt.change.TaskID != "" && order.TaskID != "t-2" {
				t.Errorf("carried on task %s", order.TaskID)
			}
			if tt.change.Period != nil && s.world.start.Agreement.StartsOn != june.Month {
				t.Errorf("starts on %s", s.world.start.Agreement.StartsOn)
			}
			if tt.change.AgreementMonths != 0 && s.world.start.Agreement.Months != 3 {
				t.Errorf("runs %d months", s.world.start.Agreement.Months)
			}
		})
	}
}

func TestChangesThatAreRefused(t *testing.T) {
	may := &collaboration.Period{Start: collaboration.NextMonth}
	tests := map[string]struct {
		at      time.Duration
		message string
		body    func(*scene) any
		want    collaboration.Code
	}{
		"an address that is none": {day, collaboration.CorrectMessage, func(s *scene) any { return s.correction("nobody") }, collaboration.CodeInvalidRequest},
		"to nobody": {day, collaboration.ForwardMessage, func(s *scene) any {
			return collaboration.Forwarding{ID: "f", Activation: s.order.Activation}
		}, collaboration.CodeInvalidRequest},
		"no such payer":               {day, collaboration.ChangeMessage, func(s *scene) any { return s.change("m", collaboration.Change{InvoiceRecipient: "me"}) }, collaboration.CodeInvalidRequest},
		"no such length":              {day, collaboration.ChangeMessage, func(s *scene) any { return s.change("m", collaboration.Change{AgreementMonths: 5}) }, collaboration.CodeInvalidRequest},
		"notice before it runs":       {day, collaboration.TakeBackMessage, func(s *scene) any { return s.takingBack() }, collaboration.CodeNotActive},
		"a correction after approval": {5 * day, collaboration.CorrectMessage, func(s *scene) any { return s.correction("ny@kund.example") }, collaboration.CodeAlreadyDecided},
		"a forward after approval": {5 * day, collaboration.ForwardMessage, func(s *scene) any {
			return collaboration.Forwarding{ID: "f", Activation: s.order.Activation, Administrator: "a-2"}
		}, collaboration.CodeAlreadyDecided},
		"a period that has begun":   {5 * day, collaboration.ChangeMessage, func(s *scene) any { return s.change("m", collaboration.Change{Period: may}) }, collaboration.CodeInvalidRequest},
		"reminders of nothing":      {5 * day, collaboration.ChangeMessage, func(s *scene) any { return s.change("m", collaboration.Change{RemindersPaused: new(bool)}) }, collaboration.CodeInvalidRequest},
		"no notice to take back":    {5 * day, collaboration.TakeBackMessage, func(s *scene) any { return s.takingBack() }, collaboration.CodeNoNotice},
		"an end on no day":          {5 * day, collaboration.EndMessage, func(s *scene) any { return s.ending("e", collaboration.EndOnDate) }, collaboration.CodeInvalidRequest},
		"an end before it runs too": {day, collaboration.EndMessage, func(s *scene) any { return s.ending("e", collaboration.EndOnDate) }, collaboration.CodeNotActive},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t, collaboration.OnPlatform)
			s.approveAfter(2 * day)
			var r *reply
			s.after(tt.at, func() { r = s.send(tt.message, tt.body(s)) })
			s.run()
			if r.code() != tt.want {
				t.Errorf("got %v, want %s", r.err, tt.want)
			}
			for _, quiet := range []string{"change", "correct address", "forward", "notice_taken_back", "end_set"} {
				if s.world.count(quiet) != 0 {
					t.Errorf("it had an effect: %q", s.world.done())
				}
			}
			if s.world.count("mail") != 1 {
				t.Errorf("%d mails", s.world.count("mail"))
			}
		})
	}
}

// The first mail cannot be sent; the office finds the mistake meanwhile.
func TestACorrectionDoesNotWaitForTheWrongMail(t *testing.T) {
	s := newScene(t, collaboration.NewCustomer)
	s.world.fail["mail"] = func(int) error {
		if s.world.countLocked("correct address") == 0 {
			return &collaboration.Error{Code: collaboration.CodeMailUnavailable}
		}
		return nil
	}
	s.after(2*time.Minute, func() { s.send(collaboration.CorrectMessage, s.correction("ny@kund.example")) })
	s.run()
	invited := s.world.invited()
	if len(invited) != 1 || invited[0].Generation != 2 || invited[0].At.Sub(clicked) > 3*time.Minute {
		t.Errorf("invited %+v", invited)
	}
	if s.world.closing.State != collaboration.Expired {
		t.Errorf("closed as %s", s.world.closing.State)
	}
}

func TestTheOfficeIsToldOfTheOutcome(t *testing.T) {
	tests := map[string]struct {
		do   func(*scene)
		want collaboration.LetterKind
	}{
		"approved": {func(s *scene) { s.approveAfter(day) }, collaboration.LetterApproved},
		"declined": {func(s *scene) {
			s.after(day, func() { s.send(collaboration.DecideMessage, s.decision("d-1", collaboration.Decline)) })
		}, collaboration.LetterDeclined},
		"expired": {func(*scene) {}, collaboration.LetterExpired},
		"failed":  {func(s *scene) { s.world.fail["check task"] = always(collaboration.CodeTaskClosed) }, collaboration.LetterFailed},
	}
	for name, tt := range tests {
		for _, outage := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				s := newScene(t, collaboration.OnPlatform)
				if outage { // the letter is left to a run of its own
					s.world.fail["letter "+string(tt.want)] = firstly(3, collaboration.CodeMailUnavailable)
				}
				tt.do(s)
				s.run()
				if n := len(s.world.sent(tt.want)); n != 1 {
					t.Errorf("told %d times", n)
				}
			})
		}
	}
}
