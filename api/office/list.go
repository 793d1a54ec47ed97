package office

import (
	"context"
	"net/url"
	"slices"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/view"
	"countersign/collaboration"
)

// listPage is the common data of the list pages.
type listPage struct {
	view.Page
	Filters []view.Field
	// Kept are query parameters that the filter form preserves.
	Kept []view.Choice
	// Beginning and More are the paths of the first and the next page, or "".
	Beginning, More string
}

// newListPage returns the common data of a section's list.
func newListPage(v *page.Context, section, after, next string) listPage {
	p := listPage{Page: v.Page(section, i18n.Text(v.Locale, "nav."+section))}
	address := v.Request().URL
	if after != "" {
		p.Beginning = listPath(address.Path, address.Query(), "cursor", "")
	}
	if next != "" {
		p.More = listPath(address.Path, address.Query(), "cursor", next)
	}
	return p
}

// activationsOn returns one page of the office's activations.
func (h pages) activationsOn(v *page.Context, f collaboration.ActivationFilter) (records []collaboration.Activation, next string, err error) {
	ctx, cancel := context.WithTimeout(v.Context(), h.readTimeout)
	defer cancel()
	return h.store.Activations(ctx, v.Person.Employee.OfficeID, f)
}

// redirectToFirstPage redirects from an invalid or empty page to the first page.
func redirectToFirstPage(v *page.Context, err error) error {
	address := v.Request().URL
	if err != nil && (collaboration.CodeOf(err) != collaboration.CodeInvalidRequest || address.Query().Get("cursor") == "") {
		return err
	}
	return v.Redirect(listPath(address.Path, address.Query(), "cursor", ""))
}

// offered returns the solutions of the employee's office.
func (h pages) offered(v *page.Context) collaboration.Catalogue {
	return h.catalogue.For(v.Person.Employee.OfficeID)
}

// solutionAsked returns the solution in the URL's query if it exists.
func (h pages) solutionAsked(v *page.Context) string {
	if _, known := h.offered(v).Solution(v.Query("solution")); known {
		return v.Query("solution")
	}
	return ""
}

// solutions returns a choice of one solution or all.
func (h pages) solutions(v *page.Context, chosen string) view.Field {
	l := v.Locale
	f := view.Field{Name: "solution", Label: i18n.Text(l, "requests.solution"), Type: "select", Value: chosen, Choices: []view.Choice{{Label: i18n.Text(l, "requests.solution.all")}}}
	for _, solution := range h.offered(v).Solutions() {
		f.Choices = append(f.Choices, view.Choice{Value: solution.ID, Label: solution.Name.In(l)})
	}
	return f
}

func (h pages) solutionName(r collaboration.Activation, l collaboration.Locale) string {
	solution, _ := h.catalogue.For(r.OfficeID).Solution(r.SolutionID)
	return solution.Name.In(l)
}

// listPath returns the path of a list with the current filters and some new values.
func listPath(path string, q url.Values, set ...string) string {
	narrowed := url.Values{}
	for name, values := range q {
		if name != "lang" {
			narrowed[name] = slices.Clone(values)
		}
	}
	for i := 0; i+1 < len(set); i += 2 {
		if narrowed.Set(set[i], set[i+1]); set[i+1] == "" {
			narrowed.Del(set[i])
		}
	}
	if len(narrowed) == 0 {
		return path
	}
	return path + "?" + narrowed.Encode()
}
