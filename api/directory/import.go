package directory

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"

	"github.com/gin-gonic/gin"

	"countersign/api/page"
	"countersign/api/request"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app/directory"
	"countersign/internal/table"
)

const importPath = "/customers/import"

// The bounds of an import in a page, in bytes. The preview's form posts the file again in
// base64, which needs a third more than the file.
const (
	maxImportFile = 5 << 20
	maxImportForm = maxImportFile/3*4 + 64<<10
)

// encoding has no character that HTML escapes, which would make the page larger.
var encoding = base64.URLEncoding

// importForm imports a file of customers in two steps. The first shows the changes
// of the file, in a page that carries the file to the second step. The use case checks the file
// in both.
type importForm struct {
	directory *directory.Directory
	catalogue collaboration.Catalogue
}

func (h importForm) mount(kit *page.Kit, r gin.IRoutes) {
	kit.Handle(r, http.MethodGet, importPath, request.AccessEmployee, func(v *page.Context) error {
		return v.Render(http.StatusOK, importTemplate, newImportPage(v))
	})
	kit.HandleUpload(r, importPath, request.AccessEmployee, maxImportForm, h.post)
}

// post shows the preview of a chosen file, or imports the file of a preview.
func (h importForm) post(v *page.Context) error {
	if content := v.FormValue("content"); content != "" {
		file, err := encoding.DecodeString(content)
		if err != nil {
			return &collaboration.Error{Code: collaboration.CodeMalformedRequest, Cause: err}
		}
		return h.apply(v, file)
	}
	file, err := chosenFile(v.Request())
	if err != nil {
		return err
	}
	if len(file) == 0 {
		p := newImportPage(v)
		p.reject(v.Locale, collaboration.CodeRequired)
		return v.Render(http.StatusUnprocessableEntity, importTemplate, p)
	}
	return h.preview(v, file)
}

// chosenFile returns the content of the form's file; nil if no file was chosen.
func chosenFile(r *http.Request) ([]byte, error) {
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

func (h importForm) preview(v *page.Context, file []byte) error {
	result, err := h.run(v, file, true)
	if err != nil {
		return err
	}
	return showPreview(v, file, result)
}

// apply imports the file of a preview. If a line has become invalid since the preview,
// the import changes nothing and the page shows a new preview.
func (h importForm) apply(v *page.Context, file []byte) error {
	_, err := h.run(v, file, false)
	if err == nil {
		return v.RedirectWithNotice("/customers", "imported")
	}
	var rejected *collaboration.Error
	if errors.As(err, &rejected) && len(rejected.Rows) > 0 {
		return h.preview(v, file)
	}
	return err
}

func (h importForm) run(v *page.Context, file []byte, isPreview bool) (domain.ImportResult, error) {
	if len(file) > maxImportFile {
		return domain.ImportResult{}, &collaboration.Error{Code: collaboration.CodeBodyTooLarge}
	}
	rows, bad, err := table.ReadCustomers(bytes.NewReader(file), h.catalogue.For(request.Employee(v.Context()).OfficeID))
	if err != nil {
		return domain.ImportResult{}, err
	}
	return directory.Import(v.Context(), h.directory, request.Employee(v.Context()), domain.ImportFile{Rows: rows, Bad: bad},
		domain.ImportOptions{Preview: isPreview, CloseMissingTasks: closesMissing(v)})
}

// closesMissing reports whether the import closes the open tasks that the file lacks.
func closesMissing(v *page.Context) bool { return v.FormValue(closeMissing) == "yes" }
