package api_test

import (
	"bytes"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"countersign/api/i18n"
	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/table"
)

const importPath = "/customers/import"

// upload sends the import's form, with a file unless the content is empty.
func (b *browser) upload(form url.Values, file string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.uploadTo(importPath, form, file, headers...)
}

// uploadTo sends a multipart form, with a file unless the content is empty.
func (b *browser) uploadTo(path string, form url.Values, file string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for _, name := range slices.Sorted(maps.Keys(form)) {
		if err := m.WriteField(name, form.Get(name)); err != nil {
			b.t.Fatal(err)
		}
	}
	if file != "" {
		part, err := m.CreateFormFile("file", "customers.csv")
		if err != nil {
			b.t.Fatal(err)
		}
		if _, err := part.Write([]byte(file)); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		b.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return b.serve(r)
}

// tokenForm returns a form with the token of the login.
func (b *browser) tokenForm() url.Values { return url.Values{"token": {b.token()}} }

// A preview writes nothing. Its form imports the same file, with the same option.
func TestImportPage_PreviewsAndImports(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	form := b.tokenForm()
	form.Set("close_missing_tasks", "yes")
	preview := b.upload(form, goodCSV)
	says(t, preview, 200, `<td data-label="Nya">1</td>`, ">Importera</button>")
	if len(w.imported) != 0 || len(w.imports) != 1 || !w.imports[0].Preview || !w.imports[0].CloseMissingTasks {
		t.Fatalf("the preview imported %v, with %+v", w.imported, w.imports)
	}
	form = url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(preview.Body.String(), -1) {
		form.Set(field[1], field[2])
	}
	got := b.upload(form, "")
	if got.Code != 303 {
		t.Fatalf("%d %s", got.Code, got.Body)
	}
	if len(w.imported) != 1 || w.imported[0].Name != "Åkes Bageri AB" || w.imports[1].Partial || !w.imports[1].CloseMissingTasks {
		t.Errorf("imported %+v, with %+v", w.imported, w.imports)
	}
	says(t, b.follow(t, got), 200, "Filen är importerad.")
}

// A file with a bad line cannot be imported, neither from its preview nor without one.
func TestImportPage_RejectsBadLine(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	bad := goodCSV + "123,Ingen AB\n"
	got := b.upload(b.tokenForm(), bad)
	says(t, got, 422, "Rad 3", "<code>organisationsnummer</code>", "Uppgiften har fel format.", `href="#field-file"`)
	if strings.Contains(got.Body.String(), `name="content"`) {
		t.Error("the file can be imported")
	}
	form := b.tokenForm()
	form.Set("content", "b3JnYW5pc2F0aW9uX251bWJlcixuYW1lCjU1NjY3Ny04ODk5LMOFa2VzCjEyMyxJbmdlbgo=")
	says(t, b.upload(form, ""), 422, "Rad 3")
	if len(w.imported) != 0 {
		t.Errorf("imported %v", w.imported)
	}
}

// A file with the columns that the page names is read, in both languages.
func TestImportPage_NamesColumns(t *testing.T) {
	t.Parallel()
	columns, _ := collaboration.ImportColumns()
	for _, l := range []collaboration.Locale{collaboration.Swedish, collaboration.English} {
		b := openBrowser(t, newWorld().server(t), nils.Email)
		b.lang = string(l)
		page := b.get(importPath)
		var header []string
		for _, column := range columns {
			name := i18n.Text(l, "import.column."+column)
			if header = append(header, name); !strings.Contains(page, "<code>"+name+"</code>") {
				t.Errorf("the page in %s does not name %s", l, name)
			}
		}
		if _, wrong, err := table.ReadCustomers(strings.NewReader(strings.Join(header, ";")+"\n"), catalogue.Embedded); err != nil || len(wrong) > 0 {
			t.Errorf("%v: %v, %v", header, wrong, err)
		}
	}
}

// A line can become invalid between the preview and the import.
func TestImportPage_ShowsErrorsOfImport(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(b.upload(b.tokenForm(), goodCSV).Body.String(), -1) {
		form.Set(field[1], field[2])
	}
	w.importErr = []collaboration.RowError{{Line: 2, Field: "task_owner_email", Code: collaboration.CodeInvalidChoice}}
	says(t, b.upload(form, ""), 422, "Rad 2", "Ingen aktiv medarbetare har den adressen.")
	if len(w.imported) != 0 {
		t.Errorf("imported %v", w.imported)
	}
}

func TestImportPage_RejectsForms(t *testing.T) {
	t.Parallel()
	w := newWorld()
	s := w.server(t)
	b := openBrowser(t, s, nils.Email)
	token := b.tokenForm()
	with := func(content string) url.Values {
		return url.Values{"token": token["token"], "content": {content}}
	}
	for name, c := range map[string]struct {
		form   url.Values
		file   string
		header []string
		status int
	}{
		"no file":                {token, "", nil, 422},
		"a cross-site form":      {token, goodCSV, []string{"Sec-Fetch-Site", "cross-site"}, 403},
		"no form of this login":  {nil, goodCSV, nil, 303},
		"no base64":              {with("no base64"), "", nil, 400},
		"a file above the bound": {token, strings.Repeat("x", 5<<20+1), nil, 413},
		"a body above the bound": {token, strings.Repeat("x", 8<<20), nil, 413},
	} {
		if got := b.upload(c.form, c.file, c.header...); got.Code != c.status {
			t.Errorf("%s: %d %.500s", name, got.Code, got.Body)
		}
	}
	if got := b.send(http.MethodPost, importPath, with(strings.Repeat("A", 65<<10))); got.Code != 413 {
		t.Errorf("a form of 65 KiB that is not multipart: %d", got.Code)
	}
	if len(w.imports) != 0 {
		t.Errorf("imports with %+v", w.imports)
	}
}

// The largest file passes both steps, without a temporary file: the container's file
// system is read-only.
func TestImportPage_AcceptsLargestFile(t *testing.T) {
	t.Setenv("TMPDIR", "/no/such/directory")
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	preview := b.upload(b.tokenForm(), goodCSV+strings.Repeat("\n", 5<<20-len(goodCSV)))
	says(t, preview, 200)
	form := url.Values{}
	for _, field := range hidden.FindAllStringSubmatch(preview.Body.String(), -1) {
		form.Set(field[1], field[2])
	}
	if got := b.upload(form, ""); got.Code != 303 || len(w.imported) != 1 {
		t.Errorf("%d, imported %v", got.Code, w.imported)
	}
}

// neverRead fails the test if the body is read.
type neverRead struct{ t *testing.T }

func (n neverRead) Read([]byte) (int, error) {
	n.t.Error("the body is read")
	return 0, http.ErrBodyReadAfterClose
}

// An upload without a login is rejected before it is read.
func TestImportPage_ReadsNothingWithoutLogin(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest(http.MethodPost, importPath, neverRead{t})
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	got := httptest.NewRecorder()
	newWorld().server(t).ServeHTTP(got, r)
	says(t, got, 401)
}

// A form of an earlier login is shown again. Its file is not kept, which the page says.
func TestImportPage_KeepsNoFile(t *testing.T) {
	t.Parallel()
	w := newWorld()
	b := openBrowser(t, w.server(t), nils.Email)
	form := b.tokenForm()
	form.Set("content", "QUFB")
	b.login(nils.Email)
	page := b.follow(t, b.upload(form, ""))
	says(t, page, 200, "Välj filen igen.")
	if strings.Contains(page.Body.String(), "QUFB") || len(w.imports) != 0 {
		t.Errorf("the form was kept, or imported with %+v", w.imports)
	}
}
