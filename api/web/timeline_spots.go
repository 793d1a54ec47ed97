package web

import (
	"cmp"
	"slices"

	"countersign/collaboration"
)

const (
	// Marks nearer than this, in pixels, are one.
	nearest = 19.0
	// How many rows of words there may be above the marks.
	mostRows = 3
)

// placeSpots puts the marks on their line, and as many words above them as have
// room, the weightiest first. rows is how many rows of words that took.
func placeSpots(w window, all []Happening, l collaboration.Locale) (spots []Spot, rows int) {
	groups := clusters(w, all)
	order := make([]int, len(groups))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(groups[b].rank, groups[a].rank) })
	named, places := []int{}, map[int]box{}
	for _, i := range order {
		if found, ok := together(groups, append(named, i), l); ok {
			named, places = append(named, i), found
		}
	}
	for _, b := range places {
		rows = max(rows, b.row+1)
	}
	for i, g := range groups {
		s := Spot{X: g.x, Mark: g.Mark, Several: g.several}
		if b, ok := places[i]; ok {
			s.Text, s.Date, s.Anchor = g.brief, g.date(l), b.anchor
			s.Top = (rows - 1 - b.row) * rowHeight
			s.Lead = s.Top + 33
		}
		spots = append(spots, s)
	}
	return spots, rows
}

// together finds places for the words of all of these, from the right: what is
// further left goes above, so that its line comes down before the others.
func together(groups []group, these []int, l collaboration.Locale) (map[int]box, bool) {
	places := map[int]box{}
	var placed []box
	for _, i := range slices.Backward(slices.Sorted(slices.Values(these))) {
		b, ok := groups[i].free(placed, l)
		if !ok {
			return nil, false
		}
		placed, places[i] = append(placed, b), b
	}
	return places, true
}

// group is what happened so close together that it has one mark.
type group struct {
	Happening
	x, first Percent
	several  bool
}

// clusters joins what is close together, under what matters most of it.
func clusters(w window, all []Happening) (groups []group) {
	for _, h := range all {
		x, ok := w.inside(h.At)
		if !ok || h.brief == "" {
			continue
		}
		last := len(groups) - 1
		if last < 0 || px(x-groups[last].first) > nearest {
			groups = append(groups, group{h, x, x, false})
			continue
		}
		g := &groups[last]
		g.several = g.several || min(h.rank, g.rank) > 1
		if h.rank >= g.rank {
			g.Happening, g.x = h, x
		}
	}
	return groups
}

func (g group) date(l collaboration.Locale) string { return briefDate(collaboration.DateOf(g.At), l) }

// box is where words are, and the thin line down from them to their mark.
type box struct {
	row               int
	left, right, mark float64
	anchor            string
}

// free is the lowest place for a group's words that nothing else has.
func (g group) free(placed []box, l collaboration.Locale) (box, bool) {
	x, wide := px(g.x), max(textWidth(g.brief, 7.8), textWidth(g.date(l), 7))+6
	for row := range mostRows {
		for _, b := range []box{
			{row, x - wide/2, x + wide/2, x, "middle"},
			{row, x - 4, x + wide, x, "start"},
			{row, x - wide, x + 4, x, "end"},
		} {
			if b.left >= 0 && b.right <= narrowest && !slices.ContainsFunc(placed, b.meets) {
				return b, true
			}
		}
	}
	return box{}, false
}

// meets is whether two words overlap, or one's line runs through the other.
func (b box) meets(c box) bool {
	if b.row == c.row {
		return b.left < c.right && c.left < b.right
	}
	if b.row < c.row {
		b, c = c, b
	}
	return b.mark > c.left && b.mark < c.right
}

// px is a part of the narrowest width in pixels.
func px(p Percent) float64 { return float64(p) * narrowest / 100 }

// textWidth is about how wide a text is.
func textWidth(text string, each float64) float64 { return float64(len([]rune(text))) * each }
