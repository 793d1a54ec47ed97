package cli

import (
	"fmt"
	"net/http"
	"strings"

	"countersign/client"
)

// problem formats an error response of the API as text.
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
		fmt.Fprintf(&b, "\n  answered %s: %s", formatTime(p.Decision.At), p.Decision.Outcome)
	}
	if p.Status == http.StatusUnauthorized {
		b.WriteString("\n  set COUNTERSIGN_TOKEN to your token")
	}
	if p.Status >= http.StatusInternalServerError && p.Instance != "" {
		b.WriteString("\n  reference: " + p.Instance)
	}
	return b.String()
}

// lineProblem formats the error in one line of a file, or in one field of the line.
func lineProblem(r client.RowProblem) string {
	place := fmt.Sprintf("line %d", r.Line)
	if r.Field != "" {
		place += ", " + r.Field
	}
	return fmt.Sprintf("%s: %s (%s)", place, r.Message, r.Code)
}
