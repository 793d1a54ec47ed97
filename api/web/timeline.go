package web

import (
	"encoding/json"
	"slices"
	"time"

	"countersign/collaboration"
)

// Timeline is an activation's life, drawn so that a year is seen at a glance,
// and the same in words.
type Timeline struct {
	// Past and Ahead are the words, in order; between them is today.
	Past, Ahead []Happening
	Now         time.Time
	Drawing     Drawing
}

// Happening is one line of a timeline: what happened or will happen.
type Happening struct {
	At   time.Time
	Mark Mark
	Text string
	// More says why, "" where there is nothing to say.
	More string
	// By is a name, "" where nobody in particular did it.
	By string

	// brief names it in the drawing; rank is what matters most there. What has
	// no brief name is in the words alone.
	brief string
	rank  int
}

// Minor is whether it is in the words alone.
func (h Happening) Minor() bool { return h.brief == "" }

// Day is when it is, where the hour is of no interest.
func (h Happening) Day() collaboration.Date { return collaboration.DateOf(h.At) }

// Mark is the shape that stands for a moment: its kind tells by its form, not by
// its colour alone. What lies ahead is hollow.
type Mark struct {
	Kind  string
	Ahead bool
}

// NewTimeline is what happened to an activation until now, and what lies ahead.
func NewTimeline(r collaboration.Record, events []collaboration.Event, now time.Time, l collaboration.Locale) Timeline {
	t := Timeline{Now: now}
	names := map[string]string{r.TaskOwnerID: r.TaskOwnerName, r.RequestedBy: r.RequestedByName, r.InvitedID: r.InvitedName}
	delete(names, "")
	for _, e := range events {
		if m, ok := happened(e, r, l); ok {
			m.By = names[e.By]
			t.Past = append(t.Past, m)
		}
	}
	slices.SortStableFunc(t.Past, func(a, b Happening) int { return a.At.Compare(b.At) })
	for _, a := range r.Forecast(now) {
		look := aheadLooks[a.Action]
		t.Ahead = append(t.Ahead, Happening{
			At: a.At, Mark: Mark{look.kind, true}, Text: Text(l, "ahead."+string(a.Action)), brief: Text(l, "timeline.ahead."+string(a.Action)), rank: look.rank,
		})
	}
	t.Drawing = draw(r, events, t, l)
	return t
}

// look is how a moment is drawn.
type look struct {
	kind string
	rank int
}

// What is not here is between the machines: it is left out.
var looks = map[collaboration.Action]look{
	collaboration.ActionRequested:            {"change", 1},
	collaboration.ActionSolutionActivated:    {"change", 0},
	collaboration.ActionAdministratorCreated: {"change", 0},
	collaboration.ActionInvitationSent:       {"sent", 7},
	collaboration.ActionReminderSent:         {"reminder", 3},
	collaboration.ActionMailBounced:          {"stop", 6},
	collaboration.ActionAddressCorrected:     {"change", 4},
	collaboration.ActionForwarded:            {"change", 4},
	collaboration.ActionChanged:              {"change", 2},
	collaboration.ActionAgreementStarted:     {"approved", 9},
	collaboration.ActionAgreementRenewed:     {"renewal", 8},
	collaboration.ActionNoticeGiven:          {"notice", 8},
	collaboration.ActionNoticeTakenBack:      {"change", 6},
	collaboration.ActionEndSet:               {"notice", 7},
	collaboration.ActionCollaborationEnded:   {"end", 9},
	collaboration.ActionSolutionDeactivated:  {"change", 0},
	collaboration.ActionAdministratorRemoved: {"change", 0},
	collaboration.ActionClosed:               {"stop", 9},
	collaboration.ActionPersonalDataErased:   {"change", 0},
}

var aheadLooks = map[collaboration.AheadAction]look{
	collaboration.AheadReminder: {"reminder", 4},
	collaboration.AheadExpiry:   {"stop", 8},
	collaboration.AheadStart:    {"approved", 7},
	collaboration.AheadNotice:   {"reminder", 5},
	collaboration.AheadRenewal:  {"renewal", 8},
	collaboration.AheadEnd:      {"end", 9},
}

// detailOf is what the drawing and the words need of an event's detail.
type detailOf struct {
	Created    *bool                       `json:"created"`
	Removed    *bool                       `json:"removed"`
	State      collaboration.State         `json:"state"`
	Reason     collaboration.DeclineReason `json:"reason"`
	Code       collaboration.Code          `json:"code"`
	Generation int                         `json:"generation"`
	EndsOn     collaboration.Date          `json:"ends_on"`
	StartsOn   collaboration.Date          `json:"starts_on"`
	Months     int                         `json:"months"`
	Term       int                         `json:"term"`
}

func readDetail(e collaboration.Event) (d detailOf) {
	_ = json.Unmarshal([]byte(e.Detail), &d) // what cannot be read says nothing
	return d
}

// happened is an event in words; false for what is left out.
func happened(e collaboration.Event, r collaboration.Record, l collaboration.Locale) (Happening, bool) {
	look, ok := looks[e.Action]
	d := readDetail(e)
	if no := func(b *bool) bool { return b != nil && !*b }; !ok || no(d.Created) || no(d.Removed) {
		return Happening{}, false
	}
	key := string(e.Action)
	switch {
	case e.Action == collaboration.ActionClosed && d.State != "":
		key += "." + string(d.State)
	case e.Action == collaboration.ActionInvitationSent && d.Generation > 1:
		key += ".again"
	}
	m := Happening{At: e.At, Mark: Mark{Kind: look.kind}, Text: Text(l, "action."+string(e.Action)), rank: look.rank}
	if Has(l, "timeline.did."+key) {
		m.Text = Text(l, "timeline.did."+key)
	}
	if look.rank > 0 {
		m.brief = Text(l, "timeline."+key)
	}
	switch {
	case d.Reason != "":
		m.More = Text(l, "reason."+string(d.Reason))
	case e.Action == collaboration.ActionClosed && d.Code != "":
		m.More = d.Code.Text(l)
	case (e.Action == collaboration.ActionAgreementStarted || e.Action == collaboration.ActionAgreementRenewed) && !d.EndsOn.IsZero():
		m.More = Text(l, "timeline.until", LongDate(d.EndsOn, l))
	case e.Action == collaboration.ActionNoticeGiven && !d.EndsOn.IsZero(), e.Action == collaboration.ActionEndSet && !d.EndsOn.IsZero():
		m.More = Text(l, "timeline.ends", LongDate(d.EndsOn, l))
	}
	return m, true
}
