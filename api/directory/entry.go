package directory

import (
	"net/http"
	"strconv"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/problem"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
)

// entryForm is the form of one entry of the directory.
type entryForm interface {
	// entry returns the form with the stored values.
	entry(v *page.Context) (entry, error)
	// save sends the posted values to the use case, and returns the page to show then.
	save(v *page.Context, form *page.FormReader, p app.Precondition) (next string, err error)
}

// entry is the content of a form.
type entry struct {
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
	Others []link
	// note is the text "note.<note>" after the change.
	note string
}

type link struct{ To, Label string }

// entryPage is the page of a form.
type entryPage struct {
	view.Page
	Entry  entry
	Errors view.Errors
}

// show renders a form. It changes nothing.
func (h pages) show(f entryForm) page.Handler {
	return func(v *page.Context) error {
		e, err := f.entry(v)
		if err != nil {
			return err
		}
		if v.HasDraft() {
			e.Fields = posted(e.Fields, v)
		}
		return v.Render(http.StatusOK, "office/entry", entryPage{Page: v.Page("customers", e.Title), Entry: e})
	}
}

// save changes the entry, or renders the form again with the posted values and their errors.
func (h pages) save(f entryForm) page.Handler {
	return func(v *page.Context) error {
		e, err := f.entry(v)
		if err != nil {
			return err
		}
		form := page.NewFormReader(v.FormValue)
		next, err := f.save(v, form, precondition(v, e))
		switch code := collaboration.CodeOf(err); {
		case err == nil:
			return v.RedirectWithNotice(next, e.note)
		case code == collaboration.CodeForbidden, problem.Status(code) == http.StatusNotFound:
			return err
		}
		p := entryPage{Page: v.Page("customers", e.Title), Entry: e}
		p.Entry.Fields = posted(e.Fields, v)
		p.Errors = page.MarkErrors(err, v.Locale, pointers(p.Entry.Fields)...)
		switch code := collaboration.CodeOf(err); {
		case code == collaboration.CodePreconditionFailed:
			p.Problem = i18n.Text(v.Locale, "do.moved")
		case len(p.Errors) == 0:
			p.Problem = i18n.CodeText(v.Locale, code)
		}
		return v.Render(problem.Report(v.Context(), err).Status, "office/entry", p)
	}
}

// precondition allows the version that the form showed.
func precondition(v *page.Context, e entry) app.Precondition {
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

// textField returns a text field with the label "entry.<name>".
func textField(l collaboration.Locale, name, value string) view.Field {
	return view.Field{Name: name, Label: i18n.Text(l, "entry."+name), Type: "text", Value: value, Required: true, Autocomplete: "off"}
}

// referenceField returns the field of the office's own id.
func referenceField(l collaboration.Locale, value string) view.Field {
	f := textField(l, "reference", value)
	f.Required, f.Hint = false, i18n.Text(l, "entry.reference.hint")
	return f
}
