package catalogue_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

const validSolution = `{"id":"x","name":{"sv":"X","en":"X"},"description":{"sv":"X","en":"X"},"default_agreement_months":3,
"price":{"amount":"249.50","currency":"SEK","per":"month"},
"on_end":"delete","default_invoice_recipient":"customer","fields":{"has_solution":["task_id"],"on_platform":["task_id"],"new_customer":["task_id","contact"]},
"terms":{"version":"1","text":{"sv":"X","en":"X"}}}`

// replaced is the valid solution with one change.
func replaced(old, with string) string { return strings.Replace(validSolution, old, with, 1) }

func directory(files map[string]string) fstest.MapFS {
	dir := fstest.MapFS{}
	for name, text := range files {
		dir[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return dir
}

func load(t *testing.T, files map[string]string) collaboration.Catalogue {
	t.Helper()
	c, err := catalogue.Load(directory(files))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLoad_AddsAndReplacesSolutions(t *testing.T) {
	t.Parallel()
	c := load(t, map[string]string{
		"scanner.json": replaced(`"id":"x","name":{"sv":"X"`, `"id":"spiris-scanner","name":{"sv":"Kvittoskanner"`),
		"x.json":       validSolution, "README.md": "not a solution",
	})
	var ids []string
	for _, s := range c.Solutions() {
		ids = append(ids, s.ID)
	}
	if want := []string{"bookkeeping-invoicing", "digital-invoices", "financial-overview", "spiris-scanner", "x"}; !slices.Equal(ids, want) {
		t.Errorf("solutions %v, want %v", ids, want)
	}
	if s, _ := c.Solution("spiris-scanner"); s.Name.Swedish != "Kvittoskanner" || s.Price.Amount != "249.50" {
		t.Errorf("the embedded solution is not replaced: %+v", s)
	}
	if s, _ := catalogue.Embedded.Solution("spiris-scanner"); s.Name.Swedish != "Spiris Scanner" {
		t.Errorf("the file has changed the embedded catalogue: %+v", s)
	}
}

func TestLoad_HasSolutionsOfOneOffice(t *testing.T) {
	t.Parallel()
	c := load(t, map[string]string{
		"x.json": validSolution, "office-1/x.json": replaced(`"249.50"`, `"199"`), "office-1/own.json": replaced(`"id":"x"`, `"id":"own"`),
		// As Kubernetes mounts a ConfigMap.
		"..2026_11_29/x.json": "not JSON",
	})
	for office, want := range map[string]string{"office-1": "199", "office-2": "249.50"} {
		s, _ := c.For(office).Solution("x")
		_, own := c.For(office).Solution("own")
		if s.Price.Amount != want || own != (office == "office-1") {
			t.Errorf("%s: the price is %q, want %q; its own solution: %v", office, s.Price.Amount, want, own)
		}
	}
}

func TestLoad_AcceptsByteOrderMark(t *testing.T) {
	t.Parallel()
	if _, ok := load(t, map[string]string{"x.json": "\ufeff" + validSolution + "\r\n"}).Solution("x"); !ok {
		t.Error("the solution is missing")
	}
}

func TestLoad_AcceptsPrices(t *testing.T) {
	t.Parallel()
	for _, price := range []string{
		`{"amount":"0","currency":"SEK","per":"month"}`, `{"amount":"1249.00","currency":"EUR","per":"month"}`,
		`{"amount":"99","currency":"NOK","per":"month","text":{"sv":"exklusive moms","en":"excluding VAT"}}`,
		`{"text":{"sv":"Enligt offert","en":"As quoted"}}`, `{"link":"https://example.com/prices"}`,
	} {
		load(t, map[string]string{"x.json": replaced(`{"amount":"249.50","currency":"SEK","per":"month"}`, price)})
	}
}

func TestLoad_AcceptsPricesByPayer(t *testing.T) {
	t.Parallel()
	const price = `"price":{"amount":"249.50","currency":"SEK","per":"month"}`
	sek := func(amount string) collaboration.Price {
		return collaboration.Price{Amount: amount, Currency: "SEK", Per: collaboration.PerMonth}
	}
	for _, tt := range []struct {
		text string
		want collaboration.PayerPrices
	}{
		{`"price_by_payer":{"office":{"amount":"99","currency":"SEK","per":"month"},"customer":{"amount":"149","currency":"SEK","per":"month"}}`,
			collaboration.PayerPrices{Office: sek("99"), Customer: sek("149")}},
		{price + `,"price_by_payer":{"customer":{"amount":"299","currency":"SEK","per":"month"}}`, collaboration.PayerPrices{Office: sek("249.50"), Customer: sek("299")}},
	} {
		s, _ := load(t, map[string]string{"x.json": replaced(price, tt.text)}).Solution("x")
		if got := s.PricesOf(""); got != tt.want {
			t.Errorf("%s\nprices %+v, want %+v", tt.text, got, tt.want)
		}
	}
}

// A file has one end policy, or a list of which the first is the default.
func TestLoad_OnEnd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]collaboration.EndPolicies{
		`"delete"`: {collaboration.Delete}, `["delete"]`: {collaboration.Delete}, `["read_only","delete"]`: {collaboration.ReadOnly, collaboration.Delete},
	} {
		if s, _ := load(t, map[string]string{"x.json": replaced(`"delete"`, text)}).Solution("x"); !slices.Equal(s.OnEnd, want) || s.OnEnd.Resolve() != want[0] {
			t.Errorf("%s: %q, by default %s", text, s.OnEnd, s.OnEnd.Resolve())
		}
	}
}

// Each mistake is one line with the file, the field and the reason.
func TestLoad_ReportsMistakes(t *testing.T) {
	t.Parallel()
	const price = `{"amount":"249.50","currency":"SEK","per":"month"}`
	variants := func(list string) string { return replaced(`"on_end"`, `"variants":`+list+`,"on_end"`) }
	utf16 := "\xff\xfe{\x00}\x00"
	for name, tt := range map[string]struct{ file, want string }{
		"unknown field":       {replaced(`"id"`, `"colour":1,"id"`), "colour: unknown field"},
		"not JSON":            {"{\n\"id\": \"x\",\n}", "is not JSON: line 3: invalid character '}' looking for beginning of object key string"},
		"truncated":           {validSolution[:100], "is not JSON: unexpected EOF"},
		"empty":               {" \n", "is empty"},
		"UTF-16":              {utf16, "is not UTF-8"},
		"a list":              {"[]", "is not a JSON object"},
		"two solutions":       {validSolution + validSolution, "has more than one JSON object"},
		"a number as price":   {replaced(`"249.50"`, `249.50`), "price.amount: must be of type string, not number"},
		"a text as months":    {replaced(`:3`, `:"3"`), "default_agreement_months: must be of type integer, not string"},
		"fields is a list":    {replaced(`"fields":{"has_solution":["task_id"],"on_platform":["task_id"],"new_customer":["task_id","contact"]}`, `"fields":[]`), "fields: must be of type object, not array"},
		"id":                  {replaced(`"id":"x"`, `"id":"X y"`), "id: must be lower-case letters, digits and hyphens, at most 60"},
		"long id":             {replaced(`"id":"x"`, `"id":"`+strings.Repeat("x", 61)+`"`), "id: must be lower-case letters, digits and hyphens, at most 60"},
		"missing text":        {replaced(`"name":{"sv":"X","en":"X"}`, `"name":{"sv":"X"}`), "name.en: is required"},
		"blank text":          {replaced(`"text":{"sv":"X","en":"X"}`, `"text":{"sv":" ","en":"X"}`), "terms.text.sv: is required"},
		"two lines":           {replaced(`"name":{"sv":"X","en":"X"}`, `"name":{"sv":"X\nY","en":"X"}`), "name.sv: must be one line"},
		"no version":          {replaced(`"version":"1"`, `"version":""`), "terms.version: is required"},
		"months":              {replaced(`:3`, `:6`), "default_agreement_months: must be 3 or 12"},
		"policy":              {replaced(`"delete"`, `"burn"`), "on_end: must be continue_alone, read_only or delete"},
		"no policy":           {replaced(`"delete"`, `[]`), "on_end: must be continue_alone, read_only or delete, or a list of them"},
		"null as policy":      {replaced(`"delete"`, `null`), "on_end: must be continue_alone, read_only or delete, or a list of them"},
		"policy in a list":    {replaced(`"delete"`, `["delete","burn"]`), "on_end[1]: must be continue_alone, read_only or delete"},
		"policy twice":        {replaced(`"delete"`, `["delete","delete"]`), `on_end[1]: "delete" is in the list already`},
		"number as policy":    {replaced(`"delete"`, `7`), "on_end: must be of type string, not number"},
		"number in the list":  {replaced(`"delete"`, `["delete",7]`), "on_end: must be of type string, not number"},
		"policy as object":    {replaced(`"delete"`, `{}`), "on_end: must be of type string, not object"},
		"payer":               {replaced(`"customer"`, `"me"`), "default_invoice_recipient: must be office or customer"},
		"no price":            {replaced(`"price":`+price+`,`, ""), "price: is required: an amount, a text or a link"},
		"decimal comma":       {replaced(`249.50`, `249,50`), `price.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`},
		"negative":            {replaced(`249.50`, `-1`), `price.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`},
		"one decimal":         {replaced(`249.50`, `249.5`), `price.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`},
		"exponent":            {replaced(`249.50`, `1e3`), `price.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`},
		"no amount":           {replaced(`"amount":"249.50",`, ``), `price.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`},
		"no currency":         {replaced(`"currency":"SEK",`, ``), "price.currency: must be a currency of ISO 4217, such as SEK"},
		"currency":            {replaced(`SEK`, `SKE`), "price.currency: must be a currency of ISO 4217, such as SEK"},
		"currency lower case": {replaced(`SEK`, `sek`), "price.currency: must be a currency of ISO 4217, such as SEK"},
		"per":                 {replaced(`"month"`, `"year"`), "price.per: must be month"},
		"price in Swedish":    {replaced(price, `{"text":{"sv":"Enligt offert"}}`), "price.text.en: is required"},
		"link":                {replaced(price, `{"link":"javascript:alert(1)"}`), "price.link: must be an https address"},
		"price of one payer":  {replaced(`"price":`+price, `"price_by_payer":{"office":`+price+`}`), "price: is required: an amount, a text or a link"},
		"unused price":        {replaced(`"on_end"`, `"price_by_payer":{"office":`+price+`,"customer":`+price+`},"on_end"`), "price: has no effect: price_by_payer has both invoice recipients"},
		"payer's currency":    {replaced(`"on_end"`, `"price_by_payer":{"customer":{"amount":"1","currency":"kr","per":"month"}},"on_end"`), "price_by_payer.customer.currency: must be a currency of ISO 4217, such as SEK"},
		"payer's link":        {replaced(`"on_end"`, `"price_by_payer":{"office":{"link":"http://example.com"}},"on_end"`), "price_by_payer.office.link: must be an https address"},
		"unknown payer":       {replaced(`"on_end"`, `"price_by_payer":{"bank":{}},"on_end"`), "bank: unknown field"},
		"price as a list":     {replaced(`"on_end"`, `"price_by_payer":[],"on_end"`), "price_by_payer: must be of type object, not array"},
		"form field":          {replaced(`"has_solution":["task_id"]`, `"has_solution":["task_id","colour"]`), `fields.has_solution: no field "colour"`},
		"no task":             {replaced(`"on_platform":["task_id"]`, `"on_platform":[]`), "fields.on_platform: must have task_id"},
		"no contact":          {replaced(`["task_id","contact"]`, `["task_id"]`), "fields.new_customer: must have contact"},
		"scenario":            {replaced(`"fields":{`, `"fields":{"other":["task_id"],`), "fields.other: must be has_solution, on_platform or new_customer"},
		"variants missing":    {replaced(`"has_solution":["task_id"]`, `"has_solution":["task_id","variant"]`), "fields.has_solution: has variant, but variants is empty"},
		"variants not asked":  {variants(`[{"id":"a","name":{"sv":"A","en":"A"}}]`), "variants: the forms of on_platform and new_customer must have variant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkProblems(t, map[string]string{"x.json": tt.file}, "x.json: "+tt.want)
		})
	}
}

func TestLoad_ReportsMistakesOfVariants(t *testing.T) {
	t.Parallel()
	file := strings.NewReplacer(`"on_platform":["task_id"]`, `"on_platform":["task_id","variant"]`, `["task_id","contact"]`, `["task_id","variant","contact"]`,
		`"on_end"`, `"variants":[{"id":"a","name":{"sv":"A"}},{"id":"a","name":{"sv":"A","en":"A"},"price":{"amount":"free","currency":"SEK","per":"month"},"price_by_payer":{"customer":{"amount":"1,5","currency":"SEK","per":"month"}}}],"on_end"`).Replace(validSolution)
	checkProblems(t, map[string]string{"x.json": file}, "x.json: variants[0].name.en: is required", `x.json: variants[1].id: "a" is the id of another variant`,
		`x.json: variants[1].price_by_payer.customer.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`,
		`x.json: variants[1].price.amount: must be a decimal number in quotes, without or with two decimals, such as "249" or "249.50"`)
}

// The mistakes of all files and fields are reported at once.
func TestLoad_ReportsAllMistakes(t *testing.T) {
	t.Parallel()
	checkProblems(t, map[string]string{
		"a.json": validSolution, "b.json": validSolution, "c.json": `{"colour":1}`, "office-1/d.json": replaced(`"SEK"`, `""`),
	}, `b.json: id: "x" is also the id of a.json`, "c.json: colour: unknown field", "c.json: terms.version: is required", "c.json: id: must be lower-case letters, digits and hyphens, at most 60",
		"office-1/d.json: price.currency: must be a currency of ISO 4217, such as SEK")
}

// checkProblems loads files with mistakes. A single wanted problem is the only one.
func checkProblems(t *testing.T, files map[string]string, want ...string) {
	t.Helper()
	_, err := catalogue.Load(directory(files))
	var invalid *catalogue.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v", err)
	}
	for _, problem := range want {
		if !slices.Contains(invalid.Problems, problem) {
			t.Errorf("%q is missing in\n%v", problem, err)
		}
	}
	if len(want) == 1 && len(invalid.Problems) != 1 {
		t.Errorf("more than one problem:\n%v", err)
	}
}

func TestLoad_ReportsUnreadableFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := catalogue.Load(os.DirFS(filepath.Join(dir, "missing"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
	if err := os.Symlink(filepath.Join(dir, "moved.json"), filepath.Join(dir, "x.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "y.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := catalogue.Load(os.DirFS(dir))
	if err == nil || !strings.Contains(err.Error(), "x.json: cannot be read: no such file or directory\n") || !strings.Contains(err.Error(), "y.json: cannot be read: ") {
		t.Errorf("unreadable files: %v", err)
	}
}
