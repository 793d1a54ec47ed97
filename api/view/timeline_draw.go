package view

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"countersign/api/i18n"
	"countersign/collaboration"
)

// Drawing is the picture of a timeline. Horizontal positions are percentages, so that
// the picture fills its container and the text keeps its size. The layout assumes a
// width of narrowest pixels. Vertical positions are pixels.
type Drawing struct {
	// Label is the text alternative for screen readers.
	Label  string
	Height int
	// Line, Bar and Scale are the vertical positions of the marks, the bars and the
	// months.
	Line, Bar, Scale int
	Bars             []Bar
	Ticks            []Tick
	Spots            []Spot
	// Today is nil if today is outside the picture.
	Today *Tick
}

// narrowest is the minimum width of the picture's container, in pixels.
const narrowest = 600

// Bar is a period: a pending invitation, or a term of the agreement.
type Bar struct {
	Kind     string
	X, Width Percent
	// Done is the width of the elapsed part.
	Done Percent
	// Open marks a period that continues after its end.
	Open bool
	// Begin is the position of Text. It follows the elapsed part if Text would cross
	// today.
	Text  string
	Begin Percent
}

// Tick is a day on the scale. Anchor is the text anchor of today's label.
type Tick struct {
	X      Percent
	Text   string
	Strong bool
	Anchor string
}

// Spot is a mark in the picture, with a label above it if there is room.
type Spot struct {
	X          Percent
	Mark       Mark
	Text, Date string
	// Several marks a spot for more than one event.
	Several bool
	// Top is the vertical position of the label, and Lead is that of the line to its
	// mark. Anchor is the text anchor of the label.
	Top, Lead int
	Anchor    string
}

// Percent is a percentage of the width.
type Percent float64

func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', 2, 64) + "%" }

const (
	day       = 24 * time.Hour
	rowHeight = 36
	// The picture is limited to the current term and one before it; the text has the
	// rest.
	longest = 26 * 30 * day
	// The picture covers at least half a month.
	shortest = 14 * day
)

func draw(r collaboration.Activation, events []collaboration.Event, t Timeline, l collaboration.Locale) Drawing {
	w := windowOf(r, t)
	spots, rows := placeSpots(w, slices.Concat(t.Past, t.Ahead), l)
	d := Drawing{Spots: spots, Line: rows*rowHeight + 14, Bars: barsOf(w, r, events, t.Now, l), Ticks: w.ticks(l)}
	d.Bar, d.Scale, d.Height = d.Line+15, d.Line+50, d.Line+76
	if x, ok := w.inside(t.Now); ok {
		d.Height += 20
		d.Today = &Tick{X: x, Text: i18n.Text(l, "timeline.today", i18n.LongDate(collaboration.DateOf(t.Now), l)), Anchor: anchor(x, 150)}
	}
	d.Label = i18n.Text(l, "timeline.label", i18n.LongDate(collaboration.DateOf(w.from), l), i18n.LongDate(collaboration.DateOf(w.to), l))
	return d
}

// window is the time that a picture covers.
type window struct{ from, to time.Time }

// windowOf covers the time from the request to the last known event.
func windowOf(r collaboration.Activation, t Timeline) window {
	w := window{r.RequestedAt, t.Now}
	for _, m := range slices.Concat(t.Past, t.Ahead) {
		if m.At.Before(w.from) || w.from.IsZero() {
			w.from = m.At
		}
	}
	if w.from.IsZero() { // no event is stored yet
		w.from = t.Now
	}
	switch {
	case !r.State.IsLive() && !r.EndedAt.IsZero():
		w.to = r.EndedAt
	case len(t.Ahead) > 0:
		w.to = t.Ahead[len(t.Ahead)-1].At
	}
	if r.Agreement != nil && w.to.Sub(w.from) > longest {
		w.from = r.Agreement.TermStartsOn().AddMonths(-r.Agreement.Months).Start()
	}
	span := max(w.to.Sub(w.from), shortest)
	after := span / 18
	if r.Agreement != nil && r.Agreement.Continues() && r.State == collaboration.Active {
		after = span * 2 / 15 // part of the next term
	}
	w.from, w.to = w.from.Add(-span/28), w.from.Add(span+after)
	return w
}

// at returns the horizontal position of an instant.
func (w window) at(t time.Time) Percent {
	return Percent(100 * float64(t.Sub(w.from)) / float64(w.to.Sub(w.from)))
}

func (w window) inside(t time.Time) (Percent, bool) {
	x := w.at(t)
	return x, x >= 0 && x <= 100
}

// ticks are weeks for a short time, and otherwise months. Months have a label if there
// is room.
func (w window) ticks(l collaboration.Locale) (ticks []Tick) {
	first := collaboration.DateOf(w.from)
	if w.to.Sub(w.from) < 60*day {
		monday := time.Date(first.Year, first.Month, first.Day, 0, 0, 0, 0, collaboration.Stockholm)
		for monday.Weekday() != time.Monday {
			monday = monday.AddDate(0, 0, 1)
		}
		for d := monday; d.Before(w.to); d = d.AddDate(0, 0, 7) {
			ticks = append(ticks, w.tick(d, briefDate(collaboration.DateOf(d), l), false))
		}
		return ticks
	}
	month := narrowest * float64(30*day) / float64(w.to.Sub(w.from))
	every := 12
	for _, n := range []int{6, 4, 3, 2, 1} {
		if month*float64(n) >= 42 {
			every = n
		}
	}
	for d := first.FirstOfNextMonth(); d.Start().Before(w.to); d = d.AddMonths(1) {
		switch {
		case d.Month == time.January:
			ticks = append(ticks, w.tick(d.Start(), strconv.Itoa(d.Year), true))
		case (int(d.Month)-1)%every == 0:
			ticks = append(ticks, w.tick(d.Start(), i18n.Text(l, fmt.Sprintf("month.short.%d", d.Month)), false))
		default:
			ticks = append(ticks, w.tick(d.Start(), "", false))
		}
	}
	return ticks
}

// tick has no label if the picture would cut it off.
func (w window) tick(at time.Time, name string, strong bool) Tick {
	t := Tick{X: w.at(at), Text: name, Strong: strong}
	if anchor(t.X, 44) != "middle" {
		t.Text = ""
	}
	return t
}

// anchor returns the text anchor that keeps a text of this width inside the picture.
func anchor(x Percent, width int) string {
	half := Percent(width) * 50 / narrowest
	switch {
	case x < half:
		return "start"
	case x > 100-half:
		return "end"
	}
	return "middle"
}

func briefDate(d collaboration.Date, l collaboration.Locale) string {
	return i18n.Text(l, "timeline.date", d.Day, i18n.Text(l, fmt.Sprintf("month.short.%d", d.Month)))
}
