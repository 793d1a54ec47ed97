package web

// Chart is a few numbers of one kind, each drawn beside its words: a list, so
// that it can be read as well as seen.
type Chart struct {
	// Name is what the numbers are of.
	Name    string
	Amounts []Amount
}

// Amount is one number of a chart.
type Amount struct {
	// Name says what was counted; Brief the same where there is little room.
	Name, Brief string
	Count       int
	// Open is true where more may come: it is drawn hollow.
	Open bool
	// Share is how much it is of the largest, and Rest what is left of that.
	Share, Rest Percent
}

// NewChart draws numbers on one scale.
func NewChart(name string, amounts []Amount) Chart {
	most := 1
	for _, a := range amounts {
		most = max(most, a.Count)
	}
	for i := range amounts {
		amounts[i].Share = Percent(100 * float64(amounts[i].Count) / float64(most))
		amounts[i].Rest = 100 - amounts[i].Share
	}
	return Chart{name, amounts}
}
