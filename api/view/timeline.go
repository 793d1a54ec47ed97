package view

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// Timeline is an activation's history and its upcoming events, as a drawing that shows
// a year at a glance and as text.
type Timeline struct {
	// Past and Ahead are the lines of text, in order; today is between them.
	Past, Ahead []Happening
	Now         time.Time
	Drawing     Drawing
}

// Happening is one line of a timeline, for a past or upcoming event.
type Happening struct {
	At   time.Time
	Mark Mark
	Text string
	// More is the reason; "" if there is none.
	More string
	// By is the employee's name; "" for the system.
	By string

	// brief is the label in the drawing, and rank its priority there. A line without a
	// label is only in the text.
	brief string
	rank  int
}

// Minor reports whether the line is only in the text.
func (h Happening) Minor() bool { return h.brief == "" }

// Day returns the date without the time.
func (h Happening) Day() collaboration.Date { return collaboration.DateOf(h.At) }

// Mark is the symbol of an event. Its shape shows its kind, so that color is not
// required. Upcoming events are hollow.
type Mark struct {
	Kind  string
	Ahead bool
}

// NewTimeline returns the past and upcoming events of an activation at an instant.
func NewTimeline(r collaboration.Activation, events []collaboration.Event, now time.Time, l collaboration.Locale) Timeline {
	t := Timeline{Now: now}
	names := map[string]string{r.TaskOwnerID: r.TaskOwnerName, r.RequestedBy: i18n.ActorName(l, r.RequestedBy, r.RequestedByName), r.InvitedID: r.InvitedName}
	delete(names, "")
	sent := 0 // the last generation: an invitation to several recipients is one line
	for _, e := range events {
		if e.Action == collaboration.ActionInvitationSent {
			generation := readDetail(e).Generation
			if generation > 0 && generation == sent {
				continue
			}
			sent = generation
		}
		if m, ok := happened(e, r, l); ok {
			m.By = cmp.Or(names[e.By], e.ByName)
			t.Past = append(t.Past, m)
		}
	}
	slices.SortStableFunc(t.Past, func(a, b Happening) int { return a.At.Compare(b.At) })
	for _, a := range r.Forecast(now) {
		look := aheadLooks[a.Action]
		if a.Action == collaboration.UpcomingEnd { // shown on the last day
			a.At = a.At.Add(-time.Second)
		}
		t.Ahead = append(t.Ahead, Happening{
			At: a.At, Mark: Mark{look.kind, true}, Text: i18n.Text(l, "upcoming."+string(a.Action)), brief: i18n.Text(l, "timeline.ahead."+string(a.Action)), rank: look.rank,
		})
	}
	t.Drawing = draw(r, events, t, l)
	return t
}

// look is the symbol of an action and its priority.
type look struct {
	kind string
	rank int
}

// looks has the actions that a timeline shows. Internal actions are omitted.
var looks = map[collaboration.Action]look{
	collaboration.ActionRequested:            {"change", 1},
	collaboration.ActionSolutionActivated:    {"change", 0},
	collaboration.ActionAdministratorCreated: {"change", 0},
	collaboration.ActionInvitationSent:       {"sent", 7},
	collaboration.ActionReminderSent:         {"reminder", 3},
	collaboration.ActionMailBounced:          {"stop", 6},
	collaboration.ActionAddressCorrected:     {"change", 4},
	collaboration.ActionForwarded:            {"change", 4},
	collaboration.ActionHandedOn:             {"change", 5},
	collaboration.ActionChanged:              {"change", 2},
	collaboration.ActionApproved:             {"approved", 9},
	collaboration.ActionAgreementStarted:     {"approved", 7},
	collaboration.ActionTakenOver:            {"approved", 9},
	collaboration.ActionHandedOver:           {"change", 4},
	collaboration.ActionAskedAgain:           {"change", 5},
	collaboration.ActionAgreementRenewed:     {"renewal", 8},
	collaboration.ActionNoticeGiven:          {"notice", 8},
	collaboration.ActionNoticeRevoked:        {"change", 6},
	collaboration.ActionChangeProposed:       {"sent", 6},
	collaboration.ActionChangeApproved:       {"approved", 7},
	collaboration.ActionChangeDeclined:       {"stop", 6},
	collaboration.ActionChangeWithdrawn:      {"change", 3},
	collaboration.ActionChangeExpired:        {"stop", 4},
	collaboration.ActionChangeLapsed:         {"change", 0},
	collaboration.ActionEndSet:               {"notice", 7},
	collaboration.ActionCollaborationEnded:   {"end", 9},
	collaboration.ActionSolutionDeactivated:  {"change", 0},
	collaboration.ActionAdministratorRemoved: {"change", 0},
	collaboration.ActionClosed:               {"stop", 9},
	collaboration.ActionPersonalDataErased:   {"change", 0},
}

var aheadLooks = map[collaboration.UpcomingAction]look{
	collaboration.UpcomingReminder:       {"reminder", 4},
	collaboration.UpcomingExpiry:         {"stop", 8},
	collaboration.UpcomingStart:          {"approved", 7},
	collaboration.UpcomingProposalExpiry: {"stop", 7},
	collaboration.UpcomingNotice:         {"reminder", 5},
	collaboration.UpcomingRenewal:        {"renewal", 8},
	collaboration.UpcomingEnd:            {"end", 9},
}

// detailOf is the part of an event's detail that the timeline uses.
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
	_ = json.Unmarshal([]byte(e.Detail), &d) // an unreadable detail is empty
	return d
}

// happened returns the line of an event; false for an event that is omitted.
func happened(e collaboration.Event, r collaboration.Activation, l collaboration.Locale) (Happening, bool) {
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
	m := Happening{At: e.At, Mark: Mark{Kind: look.kind}, Text: i18n.Text(l, "action."+string(e.Action)), rank: look.rank}
	if i18n.Has(l, "timeline.did."+key) {
		m.Text = i18n.Text(l, "timeline.did."+key)
	}
	if look.rank > 0 {
		m.brief = i18n.Text(l, "timeline."+key)
	}
	switch {
	case e.ToName != "":
		m.More = i18n.Text(l, "timeline.to", e.ToName)
	case d.Reason != "":
		m.More = i18n.Text(l, "reason."+string(d.Reason))
	case e.Action == collaboration.ActionClosed && d.Code != "":
		m.More = i18n.CodeText(l, d.Code)
	case (e.Action == collaboration.ActionApproved || e.Action == collaboration.ActionAgreementRenewed) && !d.EndsOn.IsZero():
		m.More = i18n.Text(l, "timeline.until", i18n.LongDate(d.EndsOn.AddDays(-1), l))
	case e.Action == collaboration.ActionNoticeGiven && !d.EndsOn.IsZero(), e.Action == collaboration.ActionEndSet && !d.EndsOn.IsZero():
		m.More = i18n.Text(l, "timeline.ends", i18n.LongDate(d.EndsOn.AddDays(-1), l))
	}
	return m, true
}
