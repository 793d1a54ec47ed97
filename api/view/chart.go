package view

// Chart is a list of a few numbers of one kind. Each has a bar and a text, so that the
// list is readable without the drawing.
type Chart struct {
	// Name is the heading.
	Name    string
	Amounts []Amount
}

// Amount is one number of a chart.
type Amount struct {
	// Name labels the number; Brief is the label on narrow screens.
	Name, Brief string
	Count       int
	// Open marks an incomplete number, drawn hollow.
	Open bool
	// Share is the percentage of the largest number, and Rest is 100 minus Share.
	Share, Rest Percent
}

// NewChart draws all numbers on one scale.
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
