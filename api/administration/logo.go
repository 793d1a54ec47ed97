package administration

import (
	"errors"
	"io"
	"net/http"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/page/entry"
	"countersign/api/problem"
	"countersign/api/request"
	"countersign/api/view"
	"countersign/collaboration"
	"countersign/internal/app"
	"countersign/internal/app/directory"
)

const (
	logoPath = settingsPath + "/logo"
	// maxLogoForm is above the bound of a logo, so that a file that is a little too large
	// gets the error of a logo.
	maxLogoForm = 1 << 20
)

// logoPages are the pages of the office's logo.
type logoPages struct{ logos *directory.Logos }

// logoPage shows the logo and has the form of a new one.
type logoPage struct {
	view.Page
	// Current is nil without a logo.
	Current *view.Logo
	Fields  []view.Field
	Errors  view.Errors
}

func (h logoPages) show(v *page.Context) error { return h.render(v, http.StatusOK, nil) }

// upload replaces the logo by the chosen file.
func (h logoPages) upload(v *page.Context) error {
	content, err := chosenLogo(v.Request())
	if err != nil {
		return err
	}
	if len(content) == 0 {
		return h.render(v, http.StatusUnprocessableEntity, &collaboration.Error{Code: collaboration.CodeRequired})
	}
	_, err = h.logos.Save(v.Context(), request.Employee(v.Context()), content)
	switch {
	case err == nil:
		return v.RedirectWithNotice(logoPath, "saved")
	case problem.Status(collaboration.CodeOf(err)) == http.StatusUnprocessableEntity:
		return h.render(v, http.StatusUnprocessableEntity, err)
	}
	return err
}

// chosenLogo returns the content of the form's file; nil if no file was chosen.
func chosenLogo(r *http.Request) ([]byte, error) {
	f, _, err := r.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func (h logoPages) render(v *page.Context, status int, wrong error) error {
	current, err := h.logos.Get(v.Context(), request.Employee(v.Context()))
	if err != nil && collaboration.CodeOf(err) != collaboration.CodeLogoMissing {
		return err
	}
	l := v.Locale
	file := view.Field{Name: "file", Label: i18n.Text(l, "logo.file"), Hint: i18n.Text(l, "logo.file.hint"), Type: "file", Accept: "image/png,image/jpeg", Required: true}
	p := logoPage{Page: v.Page(section, i18n.Text(l, "logo.title")), Current: view.NewLogo(current.Digest, request.Employee(v.Context()).OfficeName)}
	if wrong != nil {
		file.Error = i18n.CodeText(l, collaboration.CodeOf(wrong))
		p.Errors = view.Errors{{Field: "file", Label: file.Label, Message: file.Error}}
	}
	p.Fields = []view.Field{file}
	return v.Render(status, "office/logo", p)
}

// removeLogo is the confirmation of a removal.
type removeLogo struct{ logoPages }

func (h removeLogo) Entry(v *page.Context) (entry.Entry, error) {
	l := v.Locale
	return entry.Entry{Title: i18n.Text(l, "logo.remove.title"), Text: i18n.Text(l, "logo.remove.text"), Back: logoPath, BackLabel: i18n.Text(l, "logo.title"),
		Button: i18n.Text(l, "logo.remove"), Grave: true, Note: "removed"}, nil
}

func (h removeLogo) Save(v *page.Context, _ *page.FormReader, _ app.Precondition) (string, error) {
	return logoPath, h.logos.Remove(v.Context(), request.Employee(v.Context()))
}
