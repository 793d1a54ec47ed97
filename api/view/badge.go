package view

import (
	"countersign/api/i18n"
	"countersign/collaboration"
)

// Badge is a short status with a tone. The text has the same meaning as the tone.
type Badge struct {
	Tone, Text string
	// Dated is true if the text has a date.
	Dated bool
}

var tones = map[collaboration.Phase]string{
	collaboration.Phase(collaboration.Activating): "info", collaboration.Phase(collaboration.AwaitingApproval): "wait",
	collaboration.PhaseStarts: "info", collaboration.PhaseActive: "good", collaboration.PhaseTerminated: "wait",
	collaboration.Phase(collaboration.Declined): "bad", collaboration.Phase(collaboration.Failed): "bad",
}

// PhaseName returns the name of a phase without the date that its badge may have.
func PhaseName(p collaboration.Phase, l collaboration.Locale) string {
	if key := "phase." + string(p); i18n.Has(l, key) {
		return i18n.Text(l, key)
	}
	return i18n.Text(l, "state."+string(p))
}

// NewBadge returns the badge of an activation's phase, with the first or last day of its
// agreement. The agreement is nil before the approval.
func NewBadge(s collaboration.State, a *collaboration.Agreement, l collaboration.Locale) Badge {
	phase := collaboration.PhaseOf(s, a)
	b := Badge{Tone: tones[phase]}
	switch key := "state." + string(phase); phase {
	case collaboration.PhaseStarts:
		b.Text, b.Dated = i18n.Text(l, key, i18n.LongDate(a.StartsOn, l)), true
	case collaboration.PhaseTerminated:
		b.Text, b.Dated = i18n.Text(l, key, i18n.LongDate(a.FinalDay(), l)), true
	default:
		b.Text = i18n.Text(l, key)
	}
	return b
}
