package collaboration

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

//go:embed catalogue/*.json
var catalogueFiles embed.FS

// EndPolicy is what happens to the solution when the collaboration ends.
type EndPolicy string

// The policies a solution may have.
const (
	// ContinueAlone: the customer keeps the solution.
	ContinueAlone EndPolicy = "continue_alone"
	// ReadOnly: the subscription is cancelled, its data stays readable.
	ReadOnly EndPolicy = "read_only"
	// Delete: the subscription is cancelled and its data deleted.
	Delete EndPolicy = "delete"
)

// Field is one field of a solution's form, by its path in the request.
type Field string

// The fields a form may have.
const (
	FieldTask             Field = "task_id"
	FieldInvoiceRecipient Field = "invoice_recipient"
	FieldPeriod           Field = "period"
	FieldAgreementMonths  Field = "agreement_months"
	FieldContact          Field = "contact"
	FieldVariant          Field = "variant"
)

var knownFields = []Field{FieldTask, FieldInvoiceRecipient, FieldPeriod, FieldAgreementMonths, FieldContact, FieldVariant}

// Solution is one entry of the catalogue: software that both sides share.
// Everything that differs between solutions is data here, never a branch in
// the code.
type Solution struct {
	ID          string `json:"id"`
	Name        Text   `json:"name"`
	Description Text   `json:"description"`
	// Variants are what the solution comes in; none where it comes in one.
	Variants []Variant `json:"variants,omitempty"`
	// KeepsAgreement: a customer who has the solution stays in its variant and
	// agreement, pays for it by default, and pays nothing new until that
	// agreement renews.
	KeepsAgreement bool `json:"keeps_agreement,omitempty"`
	// DefaultAgreementMonths holds where the form does not ask.
	DefaultAgreementMonths  int                  `json:"default_agreement_months"`
	DefaultInvoiceRecipient InvoiceRecipient     `json:"default_invoice_recipient"`
	OnEnd                   EndPolicy            `json:"on_end"`
	Fields                  map[Scenario][]Field `json:"fields"`
	Terms                   Terms                `json:"terms"`
}

// Variant is one of the shapes a solution comes in.
type Variant struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
}

// Variant finds one by its id.
func (s Solution) Variant(id string) (Variant, bool) {
	for _, v := range s.Variants {
		if v.ID == id {
			return v, true
		}
	}
	return Variant{}, false
}

// Payer is who pays where nothing else is chosen.
func (s Solution) Payer(sc Scenario) InvoiceRecipient {
	if sc == HasSolution && s.KeepsAgreement {
		return PaidByCustomer
	}
	return s.DefaultInvoiceRecipient
}

// Asks reports whether the solution's form has the field in a scenario.
func (s Solution) Asks(sc Scenario, f Field) bool { return slices.Contains(s.Fields[sc], f) }

// Terms are what the customer approves.
type Terms struct {
	Version string `json:"version"`
	Text    Text   `json:"text"`
}

// Hash identifies the exact words a customer saw: hex SHA-256 of version,
// locale and text.
func (t Terms) Hash(l Locale) string {
	sum := sha256.Sum256([]byte(t.Version + "\n" + string(l) + "\n" + t.Text.In(l)))
	return hex.EncodeToString(sum[:])
}

// Catalogue is every solution that can be shared.
type Catalogue struct{ solutions []Solution }

// DefaultCatalogue is the catalogue embedded in the program: one file in
// catalogue/ for each solution.
var DefaultCatalogue = mustCatalogue(catalogueFiles)

func mustCatalogue(files fs.FS) Catalogue {
	c, err := LoadCatalogue(files)
	if err != nil {
		panic(err)
	}
	return c
}

// LoadCatalogue reads catalogue/*.json, in the order of the file names.
func LoadCatalogue(files fs.FS) (Catalogue, error) {
	names, err := fs.Glob(files, "catalogue/*.json")
	if err != nil {
		return Catalogue{}, err
	}
	var c Catalogue
	for _, name := range names {
		s, err := readSolution(files, name)
		if err != nil {
			return Catalogue{}, fmt.Errorf("%s: %w", name, err)
		}
		if _, exists := c.Solution(s.ID); exists {
			return Catalogue{}, fmt.Errorf("%s: solution %q is there twice", name, s.ID)
		}
		c.solutions = append(c.solutions, s)
	}
	return c, nil
}

func readSolution(files fs.FS, name string) (Solution, error) {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return Solution{}, err
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	var s Solution
	if err := dec.Decode(&s); err != nil {
		return Solution{}, err
	}
	return s, s.check()
}

// check names everything that is missing or wrong in an entry.
func (s Solution) check() error {
	var wrong []string
	need := func(ok bool, what string) {
		if !ok {
			wrong = append(wrong, what)
		}
	}
	need(validID(s.ID), "id must be lower-case letters, digits and hyphens")
	for what, t := range map[string]Text{"name": s.Name, "description": s.Description, "terms.text": s.Terms.Text} {
		need(t.Swedish != "" && t.English != "", what+" must be in sv and en")
	}
	need(s.Terms.Version != "", "terms.version is required")
	need(ValidAgreementMonths(s.DefaultAgreementMonths), "default_agreement_months must be 3 or 12")
	need(s.DefaultInvoiceRecipient.Valid(), "default_invoice_recipient must be office or customer")
	need(slices.Contains([]EndPolicy{ContinueAlone, ReadOnly, Delete}, s.OnEnd), "on_end must be continue_alone, read_only or delete")
	for _, sc := range []Scenario{HasSolution, OnPlatform, NewCustomer} {
		need(s.Asks(sc, FieldTask), "fields."+string(sc)+" must have task_id")
		for _, f := range s.Fields[sc] {
			need(slices.Contains(knownFields, f), fmt.Sprintf("fields.%s: no field %q", sc, f))
		}
	}
	need(s.Asks(NewCustomer, FieldContact), "fields.new_customer must have contact")
	seen := map[string]bool{}
	for _, v := range s.Variants {
		need(validID(v.ID) && !seen[v.ID], "variants: each needs an id of its own, of lower-case letters, digits and hyphens")
		need(v.Name.Swedish != "" && v.Name.English != "", "variants: each needs a name in sv and en")
		seen[v.ID] = true
	}
	for sc := range s.Fields {
		need(!s.Asks(sc, FieldVariant) || len(s.Variants) > 0, "fields."+string(sc)+" asks for a variant, and there are none")
	}
	need(len(s.Variants) == 0 || s.Asks(OnPlatform, FieldVariant) && s.Asks(NewCustomer, FieldVariant), "variants: the forms of on_platform and new_customer must ask for one")
	need(len(s.Fields) == 3, "fields must have the three scenarios and no more")
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%s", strings.Join(wrong, "; "))
}

func validID(id string) bool {
	return id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Solutions lists the catalogue.
func (c Catalogue) Solutions() []Solution { return slices.Clone(c.solutions) }

// Solution finds one by its id.
func (c Catalogue) Solution(id string) (Solution, bool) {
	for _, s := range c.solutions {
		if s.ID == id {
			return s, true
		}
	}
	return Solution{}, false
}

// Valid reports whether it is one of the two who may pay.
func (r InvoiceRecipient) Valid() bool { return r == PaidByOffice || r == PaidByCustomer }
