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

// EndPolicy is the policy for a solution when the collaboration ends.
type EndPolicy string

// The end policies.
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

// The fields of forms.
const (
	FieldTask             Field = "task_id"
	FieldInvoiceRecipient Field = "invoice_recipient"
	FieldPeriod           Field = "period"
	FieldAgreementMonths  Field = "agreement_months"
	FieldContact          Field = "contact"
	FieldVariant          Field = "variant"
)

var knownFields = []Field{FieldTask, FieldInvoiceRecipient, FieldPeriod, FieldAgreementMonths, FieldContact, FieldVariant}

// Solution is an entry of the catalogue: software that office and customer share. The
// differences between solutions are data, not branches in the code.
type Solution struct {
	ID          string `json:"id"`
	Name        Text   `json:"name"`
	Description Text   `json:"description"`
	// Variants is empty for a solution with one variant only.
	Variants []Variant `json:"variants,omitempty"`
	// KeepsAgreement: a customer that has the solution keeps its variant and agreement,
	// is the invoice recipient by default, and has no new costs until that agreement
	// renews.
	KeepsAgreement bool `json:"keeps_agreement,omitempty"`
	// DefaultAgreementMonths applies to forms without the field.
	DefaultAgreementMonths  int                  `json:"default_agreement_months"`
	DefaultInvoiceRecipient InvoiceRecipient     `json:"default_invoice_recipient"`
	OnEnd                   EndPolicy            `json:"on_end"`
	Fields                  map[Scenario][]Field `json:"fields"`
	Terms                   Terms                `json:"terms"`
}

// Variant is a variant of a solution.
type Variant struct {
	ID   string `json:"id"`
	Name Text   `json:"name"`
}

// Variant returns the variant with an ID.
func (s Solution) Variant(id string) (Variant, bool) {
	for _, v := range s.Variants {
		if v.ID == id {
			return v, true
		}
	}
	return Variant{}, false
}

// Payer returns the default invoice recipient.
func (s Solution) Payer(sc Scenario) InvoiceRecipient {
	if sc == HasSolution && s.KeepsAgreement {
		return PaidByCustomer
	}
	return s.DefaultInvoiceRecipient
}

// Asks reports whether the form of a scenario has a field.
func (s Solution) Asks(sc Scenario, f Field) bool { return slices.Contains(s.Fields[sc], f) }

// Terms are the terms that the customer approves.
type Terms struct {
	Version string `json:"version"`
	Text    Text   `json:"text"`
}

// Hash identifies the text that the customer read: hex SHA-256 of version, locale and
// text.
func (t Terms) Hash(l Locale) string {
	sum := sha256.Sum256([]byte(t.Version + "\n" + string(l) + "\n" + t.Text.In(l)))
	return hex.EncodeToString(sum[:])
}

// Catalogue lists the solutions that can be shared.
type Catalogue struct{ solutions []Solution }

// DefaultCatalogue is embedded in the program: one file in catalogue/ for each solution.
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
			return Catalogue{}, fmt.Errorf("%s: duplicate solution %q", name, s.ID)
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

// check returns every error of an entry.
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
		need(validID(v.ID) && !seen[v.ID], "variants: each needs a unique id of lower-case letters, digits and hyphens")
		need(v.Name.Swedish != "" && v.Name.English != "", "variants: each needs a name in sv and en")
		seen[v.ID] = true
	}
	for sc := range s.Fields {
		need(!s.Asks(sc, FieldVariant) || len(s.Variants) > 0, "fields."+string(sc)+" has a variant, but variants is empty")
	}
	need(len(s.Variants) == 0 || s.Asks(OnPlatform, FieldVariant) && s.Asks(NewCustomer, FieldVariant), "variants: the forms of on_platform and new_customer must have the field")
	need(len(s.Fields) == 3, "fields must have exactly the three scenarios")
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%s", strings.Join(wrong, "; "))
}

func validID(id string) bool {
	return id != "" && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// Solutions returns all solutions.
func (c Catalogue) Solutions() []Solution { return slices.Clone(c.solutions) }

// Solution returns the solution with an ID.
func (c Catalogue) Solution(id string) (Solution, bool) {
	for _, s := range c.solutions {
		if s.ID == id {
			return s, true
		}
	}
	return Solution{}, false
}

// Valid reports whether the invoice recipient exists.
func (r InvoiceRecipient) Valid() bool { return r == PaidByOffice || r == PaidByCustomer }
