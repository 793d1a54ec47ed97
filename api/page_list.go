package api

import (
	"net/url"
	"slices"

	"countersign/api/web"
	"countersign/collaboration"
)

// listPage is what the lists of activations have in common.
type listPage struct {
	web.Page
	Filters []web.Field
	// Kept is what the filters leave as it is, by its name.
	Kept []web.Choice
	// Beginning and More lead to other parts of the list; "" where there are none.
	Beginning, More string
}

// list is the list below a path of the same name as its section.
func (v *visit) list(section, after, next string) listPage {
	p := listPage{Page: v.page(section, web.Text(v.locale, "nav."+section))}
	address := v.c.Request.URL
	if after != "" {
		p.Beginning = listPath(address.Path, address.Query(), "cursor", "")
	}
	if next != "" {
		p.More = listPath(address.Path, address.Query(), "cursor", next)
	}
	return p
}

// activationsOn is one part of the office's activations.
func (s *Server) activationsOn(v *visit, f collaboration.ActivationFilter) (records []collaboration.Record, next string, err error) {
	ctx, cancel := s.reading(v.ctx())
	defer cancel()
	return s.Facts.Activations(ctx, v.person.Employee.OfficeID, f)
}

// fromTheBeginning leaves a part of a list that is not there.
func (s *Server) fromTheBeginning(v *visit, err error) error {
	address := v.c.Request.URL
	if err != nil && (collaboration.CodeOf(err) != collaboration.CodeInvalidRequest || address.Query().Get("cursor") == "") {
		return err
	}
	return v.seeOther(listPath(address.Path, address.Query(), "cursor", ""))
}

// solutionAsked is the solution that an address names, if there is one.
func (s *Server) solutionAsked(q url.Values) string {
	if _, known := s.Catalogue.Solution(q.Get("solution")); known {
		return q.Get("solution")
	}
	return ""
}

// solutions is the choice of one, or all.
func (s *Server) solutions(chosen string, l collaboration.Locale) web.Field {
	f := web.Field{Name: "solution", Label: web.Text(l, "requests.solution"), Type: "select", Value: chosen, Choices: []web.Choice{{Label: web.Text(l, "requests.solution.all")}}}
	for _, solution := range s.Catalogue.Solutions() {
		f.Choices = append(f.Choices, web.Choice{Value: solution.ID, Label: solution.Name.In(l)})
	}
	return f
}

func (s *Server) solutionName(id string, l collaboration.Locale) string {
	solution, _ := s.Catalogue.Solution(id)
	return solution.Name.In(l)
}

// listPath is a list as it is narrowed now, with some of it set anew.
func listPath(path string, q url.Values, set ...string) string {
	narrowed := url.Values{}
	for name, values := range q {
		if name != "lang" && name != "note" {
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
