package web_test

import (
	"testing"

	"countersign/api/web"
	"countersign/collaboration"
)

func TestCharts(t *testing.T) {
	for name, counts := range map[string][]int{"usual": {4, 7, 0, 14}, "nothing": {0, 0, 0, 0}} {
		for _, kind := range []string{"rows", "columns"} {
			var amounts []web.Amount
			for i, n := range counts {
				amounts = append(amounts, web.Amount{Name: "Vecka " + string(rune('1'+i)), Brief: "v." + string(rune('1'+i)), Count: n, Open: i == 3})
			}
			golden(t, "chart/"+name+" "+kind+".html", web.RenderPart(collaboration.Swedish, "general/index", kind, web.NewChart("Godkända per vecka", amounts)))
		}
	}
}
