package view

import (
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// span is one period of an activation.
type span struct {
	kind     string
	from, to time.Time
	open     bool
	text     string
}

// barsOf returns the bars of the invitation and of the agreement's terms.
func barsOf(w window, r collaboration.Activation, events []collaboration.Event, now time.Time, l collaboration.Locale) (bars []Bar) {
	spans := termsOf(r, events, l)
	if s, ok := invitationOf(r, events, l); ok {
		spans = append([]span{s}, spans...)
	}
	for _, s := range spans {
		from, to := max(w.at(s.from), 0), min(w.at(s.to), 100)
		if from >= to {
			continue
		}
		done := min(max(w.at(now)-from, 0), to-from)
		bar := Bar{Kind: s.kind, X: from, Width: to - from, Done: done, Open: s.open, Begin: from}
		switch needs := textWidth(s.text, 7.4) + 8; {
		case px(done) > needs, done == 0 && px(bar.Width) > needs:
			bar.Text = s.text
		case px(bar.Width-done) > needs:
			bar.Text, bar.Begin = s.text, from+done
		}
		bars = append(bars, bar)
	}
	return bars
}

// invitationOf returns the span from the first notification to the answer or the
// expiry.
func invitationOf(r collaboration.Activation, events []collaboration.Event, l collaboration.Locale) (span, bool) {
	s := span{kind: "invitation", to: r.ExpiresAt, text: i18n.Text(l, "timeline.invitation")}
	for _, e := range events {
		switch e.Action {
		case collaboration.ActionInvitationSent:
			if s.from.IsZero() {
				s.from = e.At
			}
		case collaboration.ActionApproved, collaboration.ActionClosed:
			s.to = e.At
		}
	}
	return s, !s.from.IsZero() && s.from.Before(s.to)
}

// termsOf returns the recorded terms of the agreement, and the term after the current
// one.
func termsOf(r collaboration.Activation, events []collaboration.Event, l collaboration.Locale) (terms []span) {
	a := r.Agreement
	if a == nil {
		return nil
	}
	var ended collaboration.Date
	for _, e := range events {
		d := readDetail(e)
		switch {
		case e.Action != collaboration.ActionApproved && e.Action != collaboration.ActionAgreementRenewed, d.EndsOn.IsZero(), d.Term >= a.Term:
			continue
		case ended.IsZero():
			ended = d.StartsOn
		}
		terms = append(terms, span{kind: "term", from: ended.Start(), to: d.EndsOn.Start(), text: i18n.Text(l, "timeline.term", d.Term, i18n.Text(l, "months", d.Months))})
		ended = d.EndsOn
	}
	last := span{kind: "term", from: a.TermStartsOn().Start(), to: a.Ends(), text: i18n.Text(l, "timeline.term", a.Term, i18n.Text(l, "months", a.Months))}
	if !r.EndedAt.IsZero() && r.EndedAt.Before(last.to) {
		last.to = r.EndedAt
	}
	terms = append(terms, last)
	if r.State == collaboration.Active && a.Continues() {
		next := a.Renewed()
		terms = append(terms, span{kind: "term", from: a.Ends(), to: next.Ends(), open: true, text: i18n.Text(l, "timeline.next", next.Term)})
	}
	return terms
}
