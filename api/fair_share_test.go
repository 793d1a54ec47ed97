package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/api"
	"countersign/internal/servertest"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

// importOf returns a file that renames customers, so that each import writes.
func importOf(customers, version int) string {
	var file strings.Builder
	file.WriteString("organisation_number,name,task,task_owner_email\n")
	for i := range customers {
		fmt.Fprintf(&file, "%s,Kund %d i version %d,Bokföring,maja@ekstroms.example\n", organisationNumber(i), i, version)
	}
	return file.String()
}

// organisationNumber returns a valid number of a company.
func organisationNumber(i int) string {
	digits, sum := fmt.Sprintf("5590%05d", i), 0
	for i, d := range digits {
		n := int(d - '0')
		if i%2 == 0 {
			n *= 2
		}
		sum += n/10 + n%10
	}
	return fmt.Sprint(digits, (10-sum%10)%10)
}

// One employee that imports large files all the time delays no other office. The test has
// real databases.
func TestFairShare_LoopingImports(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"postgres": func(t *testing.T) string {
			return servertest.PostgresFrom(t, "seeded", func(url string) error { return storetest.Create(t.Context(), url) })
		},
		"sqlite": func(t *testing.T) string {
			url := "sqlite:" + t.TempDir() + "/countersign.db"
			if err := storetest.Create(t.Context(), url); err != nil {
				t.Fatal(err)
			}
			return url
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db, err := store.Open(t.Context(), url(t))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			w := newWorld()
			w.deps = func(c *api.Config) {
				c.Store, c.Directory = db, db.OfficeDirectory()
				c.Limits = api.Limits{Writes: 32, OfficeWrites: 6, Uploads: 2}
				c.ReadTimeout, c.MessageTimeout = 0, 0 // the defaults
			}
			s := w.server(t)
			var done atomic.Bool
			var imports sync.WaitGroup
			var imported, refused atomic.Int64
			for n := range 34 {
				imports.Go(func() {
					for version := 0; !done.Load(); version++ {
						got := (request{method: http.MethodPost, url: "/v1/customers/import", as: "nils", headers: map[string]string{"Content-Type": "text/csv"}, body: importOf(60, 100*n+version)}).send(s)
						switch got.Code {
						case 200:
							imported.Add(1)
						case 429:
							refused.Add(1)
						default:
							t.Errorf("an import: %d\n%s", got.Code, got.Body)
							return
						}
					}
				})
			}
			time.Sleep(time.Second)
			began, slowest, failed := time.Now(), time.Duration(0), 0
			for n := range 25 {
				r := request{url: "/v1/customers", as: "sara"}
				if n%5 == 4 {
					r = request{method: http.MethodPost, url: "/v1/customers", as: "sara", body: fmt.Sprintf(`{"organisation_number":%q,"name":"Ny"}`, organisationNumber(50000+n))}
				}
				start := time.Now()
				got := r.send(s)
				slowest = max(slowest, time.Since(start))
				if got.Code >= 300 {
					failed++
					t.Logf("%s %s: %d %s", r.method, r.url, got.Code, got.Body)
				}
			}
			total := time.Since(began)
			done.Store(true)
			imports.Wait()
			t.Logf("25 requests of another office: %d failed, %s in all, the slowest %s; imports %d, refused %d", failed, total, slowest, imported.Load(), refused.Load())
			if failed > 0 {
				t.Errorf("%d requests of another office failed", failed)
			}
		})
	}
}
