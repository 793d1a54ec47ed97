package view_test

import (
	"testing"

	"countersign/api/view"
	"countersign/collaboration"
)

func TestCharts(t *testing.T) {
	t.Parallel()
	for name, counts := range map[string][]int{"usual": {4, 7, 0, 14}, "nothing": {0, 0, 0, 0}} {
		for _, kind := range []string{"rows", "columns"} {
			var amounts []view.Amount
			for i, n := range counts {
				amounts = append(amounts, view.Amount{Name: "Vecka " + string(rune('1'+i)), Brief: "v." + string(rune('1'+i)), Count: n, Open: i == 3})
			}
			golden(t, "chart/"+name+" "+kind+".html", view.RenderPart(collaboration.Swedish, "general/index", kind, view.NewChart("Godkända per vecka", amounts)))
		}
	}
}
