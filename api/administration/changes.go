package administration

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"countersign/api/i18n"
	"countersign/api/page"
	"countersign/api/request"
	"countersign/collaboration"
	domain "countersign/collaboration/directory"
	"countersign/internal/app/directory"
)

// changes is the page with the audit of the office's directory.
type changes struct{ directory *directory.Directory }

const changesOnPage = 50

// changesPage lists recorded changes, newest first.
type changesPage struct {
	tabPage
	Rows []changeRow
	// Beginning and More are the paths of the first and the next page, or "".
	Beginning, More string
}

type changeRow struct {
	At           time.Time
	By, Text, To string
	// Of names what changed.
	Of string
	// Fields are the names of the changed fields.
	Fields string
}

func (h changes) list(v *page.Context) error {
	all, next, err := h.directory.Changes(v.Context(), request.Employee(v.Context()), collaboration.Page{After: v.Query("cursor"), Limit: changesOnPage})
	if collaboration.CodeOf(err) == collaboration.CodeInvalidRequest {
		return v.Redirect("/office/changes")
	}
	if err != nil {
		return err
	}
	p := changesPage{tabPage: newTabPage(v, "changes")}
	for _, c := range all {
		p.Rows = append(p.Rows, newChangeRow(c, v.Locale))
	}
	if v.Query("cursor") != "" {
		p.Beginning = "/office/changes"
	}
	if next != "" {
		p.More = "/office/changes?" + url.Values{"cursor": {next}}.Encode()
	}
	return v.Render(http.StatusOK, "office/changes", p)
}

func newChangeRow(c domain.Change, l collaboration.Locale) changeRow {
	row := changeRow{At: c.At, By: i18n.ActorName(l, c.By, c.ByName), Text: i18n.Text(l, "change."+c.Action), Of: c.SubjectName}
	if c.CustomerName != "" {
		row.Of += ", " + c.CustomerName
	}
	if c.By == collaboration.ActorOperator {
		row.By = i18n.Text(l, "change.by.operator")
	}
	var detail struct {
		Customer string   `json:"customer"`
		Fields   []string `json:"fields"`
	}
	if json.Unmarshal([]byte(c.Detail), &detail) != nil {
		return row
	}
	var names []string
	for _, f := range detail.Fields {
		if key := "entry." + f; i18n.Has(l, key) {
			f = i18n.Text(l, key)
		}
		names = append(names, f)
	}
	row.Fields = strings.Join(names, ", ")
	switch {
	case detail.Customer != "":
		row.To = "/customers/" + detail.Customer
	case strings.HasPrefix(c.Action, "employee_"):
		row.To = peoplePath + "/" + c.Subject
	case strings.HasPrefix(c.Action, "api_key_"):
		row.To = apiKeysPath
	}
	return row
}
