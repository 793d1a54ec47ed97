package view

import (
	"cmp"
	"slices"

	"countersign/collaboration"
)

const (
	// nearest is the distance in pixels below which marks are merged.
	nearest = 19.0
	// mostRows bounds the rows of labels above the marks.
	mostRows = 3
)

// placeSpots places all marks, and as many labels as fit, by priority. rows is the
// number of rows of labels.
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

// together places the labels of these groups from right to left. A label further left
// is in a higher row, so that its line does not cross the others.
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

// group is one mark for events that are close together.
type group struct {
	Happening
	x, first Percent
	several  bool
}

// clusters merges events that are close together under the one with the highest
// priority.
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

// box is the area of a label, and the line from it to its mark.
type box struct {
	row               int
	left, right, mark float64
	anchor            string
}

// free returns the lowest free place for the label of a group.
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

// meets reports whether two labels overlap, or one's line crosses the other.
func (b box) meets(c box) bool {
	if b.row == c.row {
		return b.left < c.right && c.left < b.right
	}
	if b.row < c.row {
		b, c = c, b
	}
	return b.mark > c.left && b.mark < c.right
}

// px converts a percentage to pixels at the narrowest width.
func px(p Percent) float64 { return float64(p) * narrowest / 100 }

// textWidth estimates the width of a text in pixels.
func textWidth(text string, each float64) float64 { return float64(len([]rune(text))) * each }
