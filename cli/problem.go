package cli

import (
	"fmt"
	"net/http"
	"strings"

	"countersign/client"
)

// problem is the API's own words for what went wrong, for people to read.
type problem client.Error

func (p *problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", p.Title, p.Code)
	for _, f := range p.Errors {
		fmt.Fprintf(&b, "\n  %s: %s (%s)", f.Field, f.Message, f.Code)
	}
	for _, r := range p.Rows {
		b.WriteString("\n  " + lineProblem(r))
	}
	if p.Activation != "" {
		fmt.Fprintf(&b, "\n  see: countersign status %s", p.Activation)
	}
	if p.Decision != nil {
		fmt.Fprintf(&b, "\n  answered %s: %s", local(p.Decision.At), p.Decision.Outcome)
	}
	if p.Status == http.StatusUnauthorized {
		b.WriteString("\n  set COUNTERSIGN_TOKEN to your token")
	}
	if p.Status >= http.StatusInternalServerError && p.Instance != "" {
		b.WriteString("\n  quote it as " + p.Instance)
	}
	return b.String()
}

// lineProblem is what is wrong with one line of a file, or with one field in it.
func lineProblem(r client.RowProblem) string {
	place := fmt.Sprintf("line %d", r.Line)
	if r.Field != "" {
		place += ", " + r.Field
	}
	return fmt.Sprintf("%s: %s (%s)", place, r.Message, r.Code)
}
