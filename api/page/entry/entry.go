package entry

import (
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// Form is the form of one entry of a directory.
type Form interface {
	// Entry returns the form with the stored values.
	Entry(v *page.Context) (Entry, error)
	// Save sends the posted values to the use case, and returns the page to show then.
	Save(v *page.Context, form *page.FormReader, p app.Precondition) (next string, err error)
}

// Entry is the content of a form.
type Entry struct {
	Title string
	// Text explains the effect; "" for none.
	Text string
	// Back is the page that the form belongs to.
	Back, BackLabel string
	Fields          []view.Field
	Button          string
	// Grave is true for a change that removes something.
	Grave bool
	// Version is the version that the form shows; 0 for a new entry.
	Version int
	// Others are links to other changes of the entry.
	Others []Link
	// Note is the text "note.<Note>" after the change.
	Note string
}

// Link leads to another page.
type Link struct{ To, Label string }

// Mount registers the form of a section of the navigation. GET and HEAD only read; POST
// changes the entry.
func Mount(kit *page.Kit, r gin.IRoutes, path string, level request.AccessLevel, section string, f Form) {
	kit.Handle(r, http.MethodGet, path, level, func(v *page.Context) error { return show(v, section, f) })
	kit.Handle(r, http.MethodPost, path, level, func(v *page.Context) error { return save(v, section, f) })
}

// formPage is the page of a form.
type formPage struct {
	view.Page
	Entry  Entry
	Errors view.Errors
}

// show renders a form. It changes nothing.
func show(v *page.Context, section string, f Form) error {
	e, err := f.Entry(v)
	if err != nil {
		return err
	}
	if v.HasDraft() {
		e.Fields = posted(e.Fields, v)
	}
	return v.Render(http.StatusOK, "office/entry", formPage{Page: v.Page(section, e.Title), Entry: e})
}

// save changes the entry, or renders the form again with the posted values and their errors.
func save(v *page.Context, section string, f Form) error {
	e, err := f.Entry(v)
	if err != nil {
		return err
	}
	form := page.NewFormReader(v.FormValue)
	next, err := f.Save(v, form, precondition(v, e))
	code := collaboration.CodeOf(err)
	switch {
	case err == nil:
		return v.RedirectWithNotice(next, e.Note)
	case code == collaboration.CodeForbidden, problem.Status(code) == http.StatusNotFound:
		return err
	}
	p := formPage{Page: v.Page(section, e.Title), Entry: e}
	p.Entry.Fields = posted(e.Fields, v)
	p.Errors = page.MarkErrors(err, v.Locale, pointers(p.Entry.Fields)...)
	switch {
	case code == collaboration.CodePreconditionFailed:
		p.Problem = i18n.Text(v.Locale, "do.moved")
	case len(p.Errors) == 0:
		p.Problem = i18n.CodeText(v.Locale, code)
	}
	return v.Render(problem.Report(v.Context(), err).Status, "office/entry", p)
}

// precondition allows the version that the form showed.
func precondition(v *page.Context, e Entry) app.Precondition {
	if e.Version == 0 {
		return app.Precondition{}
	}
	version, err := strconv.Atoi(v.FormValue("version"))
	if err != nil {
		return app.IfVersion() // none: the form is not one of these pages
	}
	return app.IfVersion(version)
}

// posted returns the fields with the posted values.
func posted(fields []view.Field, v *page.Context) []view.Field {
	for i, f := range fields {
		if f.Type == "checkboxes" {
			fields[i].Values = v.FormValues()[f.Name]
			continue
		}
		fields[i].Value = v.FormValue(f.Name)
	}
	return fields
}

func pointers(fields []view.Field) []*view.Field {
	all := make([]*view.Field, len(fields))
	for i := range fields {
		all[i] = &fields[i]
	}
	return all
}

// Text returns a text field with the label "entry.<name>".
func Text(l collaboration.Locale, name, value string) view.Field {
	return view.Field{Name: name, Label: i18n.Text(l, "entry."+name), Type: "text", Value: value, Required: true, Autocomplete: "off"}
}

// Reference returns the field of the office's own id.
func Reference(l collaboration.Locale, value string) view.Field {
	f := Text(l, "reference", value)
	f.Required, f.Hint = false, i18n.Text(l, "entry.reference.hint")
	return f
}
