package web

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"countersign/collaboration"
)

// Drawing is a timeline as a picture. Across it is measured in percent, so that
// it is as wide as its place and its words stay as large as they are; it is laid
// out for narrowest pixels. Down it is measured in pixels.
type Drawing struct {
	// Label is what the picture shows, for who does not see it.
	Label  string
	Height int
	// Line, Bar and Scale are how far down the marks, the bars and the months are.
	Line, Bar, Scale int
	Bars             []Bar
	Ticks            []Tick
	Spots            []Spot
	// Today is nil where it is not in the picture.
	Today *Tick
}

// narrowest is how wide a place must be for the picture to be shown there.
const narrowest = 600

// Bar is a span of time: an invitation that waits, a term of the agreement.
type Bar struct {
	Kind     string
	X, Width Percent
	// Done is how much of it has passed.
	Done Percent
	// Open is true where it goes on after its end.
	Open bool
	// Text begins after what is done where it would run across today.
	Text  string
	Begin Percent
}

// Tick is a day on the scale; Anchor, of today's, is where its words stand.
type Tick struct {
	X      Percent
	Text   string
	Strong bool
	Anchor string
}

// Spot is a mark in the picture, with its words above it where there is room.
type Spot struct {
	X          Percent
	Mark       Mark
	Text, Date string
	// Several is true where it stands for more than one.
	Several bool
	// Top is where the words begin, and Lead the line down from them; Anchor is
	// on which side of the mark they are.
	Top, Lead int
	Anchor    string
}

// Percent is a part of the width.
type Percent float64

func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', 2, 64) + "%" }

const (
	day       = 24 * time.Hour
	rowHeight = 36
	// What is before the current term and one before it is in the words alone.
	longest = 26 * 30 * day
	// The shortest life fills half a month.
	shortest = 14 * day
)

func draw(r collaboration.Record, events []collaboration.Event, t Timeline, l collaboration.Locale) Drawing {
	w := windowOf(r, t)
	spots, rows := placeSpots(w, slices.Concat(t.Past, t.Ahead), l)
	d := Drawing{Spots: spots, Line: rows*rowHeight + 14, Bars: barsOf(w, r, events, t.Now, l), Ticks: w.ticks(l)}
	d.Bar, d.Scale, d.Height = d.Line+15, d.Line+50, d.Line+76
	if x, ok := w.inside(t.Now); ok {
		d.Height += 20
		d.Today = &Tick{X: x, Text: Text(l, "timeline.today", LongDate(collaboration.DateOf(t.Now), l)), Anchor: anchor(x, 150)}
	}
	d.Label = Text(l, "timeline.label", LongDate(collaboration.DateOf(w.from), l), LongDate(collaboration.DateOf(w.to), l))
	return d
}

// window is the time that a picture shows.
type window struct{ from, to time.Time }

// windowOf begins with the life and ends with what is known of it.
func windowOf(r collaboration.Record, t Timeline) window {
	w := window{r.RequestedAt, t.Now}
	for _, m := range slices.Concat(t.Past, t.Ahead) {
		if m.At.Before(w.from) || w.from.IsZero() {
			w.from = m.At
		}
	}
	if w.from.IsZero() { // nothing is recorded yet
		w.from = t.Now
	}
	switch {
	case !r.State.Live() && !r.EndedAt.IsZero():
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
		after = span * 2 / 15 // and into the next term
	}
	w.from, w.to = w.from.Add(-span/28), w.from.Add(span+after)
	return w
}

// at is how far across an instant is.
func (w window) at(t time.Time) Percent {
	return Percent(100 * float64(t.Sub(w.from)) / float64(w.to.Sub(w.from)))
}

func (w window) inside(t time.Time) (Percent, bool) {
	x := w.at(t)
	return x, x >= 0 && x <= 100
}

// ticks are weeks where the life is short, else months; of these as many have a
// name as there is room for.
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
			ticks = append(ticks, w.tick(d.Start(), Text(l, fmt.Sprintf("month.short.%d", d.Month)), false))
		default:
			ticks = append(ticks, w.tick(d.Start(), "", false))
		}
	}
	return ticks
}

// tick has no name where it would not be whole.
func (w window) tick(at time.Time, name string, strong bool) Tick {
	t := Tick{X: w.at(at), Text: name, Strong: strong}
	if anchor(t.X, 44) != "middle" {
		t.Text = ""
	}
	return t
}

// anchor keeps words of a width in pixels within the picture.
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
	return Text(l, "timeline.date", d.Day, Text(l, fmt.Sprintf("month.short.%d", d.Month)))
}
