package main_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Layers of the API, each with its allowed imports.
var (
	requestLayer = []string{"collaboration", "api/request", "internal/normalize"}
	sharedLayer  = with(requestLayer, "api/problem", "api/sse", "api/i18n")
	pageLayer    = with(sharedLayer, "api/middleware", "api/view", "internal/identity", "internal/limit", "internal/telemetry")
	handlerLayer = with(pageLayer, "api/page", "api/present", "internal/app", "internal/link", "internal/receipt", "internal/table")
)

func with(layer []string, more ...string) []string { return slices.Concat(layer, more) }

// mayImport lists the packages of this module that a package may import. The row
// with the longest matching prefix applies, and an entry includes the packages
// below it. A row may name a package that does not exist yet.
var mayImport = map[string][]string{
	// The domain, and the workflows on top of it.
	"collaboration": {"collaboration"},
	"activities":    {"collaboration", "internal/temporalx"},
	"workflows":     {"collaboration", "activities", "internal/temporalx"},
	"worker":        {"collaboration", "activities", "workflows", "internal/temporalx"},
	"starter":       {"collaboration", "internal/temporalx"},
	"ops":           {"collaboration", "starter", "internal/temporalx"},

	// The use cases.
	"internal/app": {"collaboration", "internal/app", "internal/link", "internal/table"},

	// Adapters import the domain, and each other only as listed.
	"internal":                       {"collaboration"},
	"internal/codec":                 {"collaboration", "internal/store", "internal/temporalx"},
	"internal/config":                {"collaboration", "internal/mail"}, // the settings of each mail provider
	"internal/identity/identitytest": {"collaboration", "internal/eventually", "internal/identity"},
	"internal/mail":                  {"collaboration", "internal/mail", "internal/receipt", "internal/telemetry"},
	"internal/platform":              {"collaboration", "internal/telemetry"},
	"internal/servertest":            {"internal/eventually"},
	"internal/store":                 {"collaboration", "internal/store"},
	"internal/table":                 {"collaboration", "internal/normalize"},
	"internal/telemetry":             {"collaboration", "internal/temporalx"},

	// HTTP, from the bottom to the top.
	"api/request":        requestLayer,
	"api/i18n":           sharedLayer,
	"api/problem":        sharedLayer,
	"api/sse":            with(sharedLayer, "internal/limit"),
	"api/view":           pageLayer,
	"api/middleware":     pageLayer,
	"api/page":           with(pageLayer, "api/page", "internal/receipt"),
	"api/page/entry":     with(pageLayer, "api/page", "internal/app"),
	"api/present":        with(sharedLayer, "api/present", "internal/app"),
	"api/rest":           with(handlerLayer, "api/rest"),
	"api/office":         with(handlerLayer, "api/office"),
	"api/directory":      with(handlerLayer, "api/directory"),
	"api/administration": with(handlerLayer, "api/administration"),
	"api/portal":         with(handlerLayer, "api/portal"),
	"api/codecserver":    with(handlerLayer, "api/codecserver"),
	"api/mailhook":       with(handlerLayer, "api/mailhook"),
	"api":                with(handlerLayer, "api"),

	// Wiring. dev is a module of its own and may import everything too.
	"internal/bootstrap": {"collaboration", "activities", "worker", "starter", "ops", "api", "internal"},
	"cli":                {"collaboration", "client", "ops", "internal/bootstrap", "internal/config", "internal/telemetry"},
	"client":             {},
	"":                   {"cli"},
}

// sdkEnums has the constants of the Temporal SDK's options.
const sdkEnums = "go.temporal.io/api/enums/v1"

// mayImportModules lists packages of other modules and of the standard library, by
// prefix. Packages without a row may import all of them.
var mayImportModules = map[string]struct {
	only  []string // packages of other modules; the standard library is always allowed
	never []string
	why   string
}{
	"collaboration": {only: []string{}, why: "the domain has no dependencies"},
	"client":        {only: []string{}, why: "callers should not inherit dependencies"},
	"workflows":     {only: []string{"go.temporal.io/sdk/", sdkEnums}, why: "workflow code must be deterministic"},
	"internal/temporalx": {only: []string{"go.temporal.io/sdk/temporal", sdkEnums, "go.temporal.io/api/serviceerror"},
		why: "workflow code imports it, so it has types of the SDK and no client"},
	"internal/app": {never: []string{"net/http", "encoding/json", "html/template", "golang.org/x/text", "github.com/gin-gonic/", "github.com/danielgtaylor/huma"},
		why: "use cases are independent of HTTP, JSON and locales"},
}

func TestPackages_ImportDownwards(t *testing.T) {
	t.Parallel()
	packages := listPackages(t)
	if len(packages) < 10 {
		t.Fatalf("only %d packages were checked", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, "countersign"), "/")
		row, found := longestPrefix(mayImport, name)
		if !found {
			t.Errorf("%s: add a row to mayImport, and the package to the architecture page", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			if own, isOwn := strings.CutPrefix(imported, "countersign/"); isOwn {
				if !hasPrefix(own, with(row, name)) {
					t.Errorf("%s must not import %s", p.ImportPath, own)
				}
				continue
			}
			checkOtherModule(t, name, imported)
		}
	}
}

// Packages named …test have doubles and data for the tests of several packages, and for
// the development stack. The product must not contain them.
func TestPackages_ImportNoTestPackage(t *testing.T) {
	t.Parallel()
	isForTests := func(path string) bool {
		return strings.HasSuffix(path, "test") || strings.HasSuffix(path, "internal/eventually")
	}
	testPackages := 0
	for _, p := range listPackages(t) {
		if isForTests(p.ImportPath) {
			testPackages++
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(imported, "countersign/") && isForTests(imported) {
				t.Errorf("%s must not import %s, which is for tests", p.ImportPath, imported)
			}
		}
	}
	if testPackages < 4 {
		t.Errorf("only %d packages for tests were found", testPackages)
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

// listPackages lists the packages of the root module, without their tests.
func listPackages(t *testing.T) (packages []goPackage) {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}

func checkOtherModule(t *testing.T, name, imported string) {
	t.Helper()
	rule, found := longestPrefix(mayImportModules, name)
	if !found {
		return
	}
	first, _, _ := strings.Cut(imported, "/")
	isStandard := !strings.Contains(first, ".")
	refused := slices.ContainsFunc(rule.never, func(prefix string) bool { return strings.HasPrefix(imported, prefix) })
	if !isStandard && rule.only != nil {
		refused = refused || !slices.ContainsFunc(rule.only, func(prefix string) bool { return strings.HasPrefix(imported, prefix) })
	}
	if refused {
		t.Errorf("%s must not import %s: %s", name, imported, rule.why)
	}
}

// longestPrefix returns the row of the package, or of the nearest package above it.
func longestPrefix[T any](rows map[string]T, name string) (row T, found bool) {
	for {
		if row, found = rows[name]; found {
			return row, true
		}
		cut := strings.LastIndex(name, "/")
		if cut < 0 {
			return row, false
		}
		name = name[:cut]
	}
}

// hasPrefix reports whether the package is one of those listed, or lies below one.
func hasPrefix(name string, listed []string) bool {
	return slices.ContainsFunc(listed, func(prefix string) bool {
		return prefix != "" && (name == prefix || strings.HasPrefix(name, prefix+"/"))
	})
}
