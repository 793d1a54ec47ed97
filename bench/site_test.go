package bench_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"countersign/client"
	"countersign/collaboration"
	"countersign/dev/engine"
	"countersign/internal/config"
	"countersign/internal/link"
	"countersign/internal/servertest"
	"countersign/roles"
)

// site is the product as it is operated, but for that all of it is in one process:
// an api and a worker with encryption, metrics and logs, PostgreSQL, Redis, and a
// mail provider that takes everything.
type site struct {
	b        testing.TB
	recorded *recorded
	office   *client.Client
	// customers are people who each administer some customers.
	customers [people]*client.Client
	links     *link.Signer
	requests  []client.ActivationRequest
	settings  map[string]string
}

const (
	key         = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	atOffice    = "maja@ekstroms.example"
	officeToken = "the-token-of-an-office-that-measures"
)

// people are so many that each administers no more customers than people do: whose
// they are is asked with every request.
const people = 256

// personOf administers the n-th customer.
func personOf(n int) string { return fmt.Sprintf("person-%d@client.example", n%people) }

func tokenOf(n int) string { return fmt.Sprintf("the-token-of-customer-%d", n%people) }

// tokens are everybody's.
func tokens() string {
	all := atOffice + ":" + officeToken
	for n := range people {
		all += "," + personOf(n) + ":" + tokenOf(n)
	}
	return all
}

// setting is one of the product's settings.
type setting struct{ name, value string }

// openSite has so many customers to invite. Without an engine it is an api alone.
func openSite(b testing.TB, e *engine.Engine, customers int, more ...setting) *site {
	b.Helper()
	s := &site{b: b, recorded: newRecorded(slog.NewJSONHandler(io.Discard, nil))}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	b.Cleanup(provider.Close)
	address := freeAddress(b)
	settings := map[string]string{}
	if e != nil {
		settings["TEMPORAL_ADDRESS"] = e.Address()
	}
	for name, value := range map[string]string{
		"DATABASE_URL": servertest.Postgres(b), "REDIS_URL": "redis://" + servertest.Redis(b),
		"PUBLIC_URL": "http://" + address, "LISTEN": address, "ADMIN_LISTEN": "127.0.0.1:0", "DRAIN_FOR": "0s",
		"LINK_KEYS": key, "ENCRYPTION_KEYS": "2026-01:" + key,
		"API_TOKENS":  tokens(),
		"OIDC_ISSUER": provider.URL, "OIDC_CLIENT_ID": "countersign",
		"MAIL": "sendgrid", "MAIL_FROM": "Countersign <no-reply@countersign.example>",
		"SENDGRID_API_KEY": "SG.nobody-looks-at-it", "SENDGRID_URL": provider.URL, "MAIL_PER_SECOND": "100000",
		// One address and one office measure.
		"LIMIT_REQUESTS": "0", "LIMIT_MAILS": "0", "LIMIT_ACTIVATIONS": "0", "LIMIT_VISITORS": "0", "LIMIT_WRITES": "0",
	} {
		settings[config.Prefix+name] = value
	}
	for _, m := range more {
		settings[m.name] = m.value
	}
	s.settings = settings
	s.run(e != nil)
	s.office = &client.Client{URL: "http://" + address, Token: officeToken, HTTP: keepsConnections()}
	for n := range s.customers {
		s.customers[n] = &client.Client{URL: s.office.URL, Token: tokenOf(n), HTTP: s.office.HTTP}
	}
	s.await(address, map[bool]string{true: "/readyz", false: "/healthz"}[e != nil])
	signer, err := link.New([]byte("01234567890123456789012345678901"))
	must(b, err)
	s.links = signer
	s.requests = s.importCustomers(customers)
	return s
}

func (s *site) run(works bool) {
	b, settings := s.b, s.settings
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	log := slog.New(s.recorded)
	api, err := config.Load(config.API, settings)
	must(b, err)
	work, err := config.Load(config.Worker, settings)
	must(b, err)
	must(b, roles.Migrate(ctx, api))
	must(b, roles.Seed(ctx, api))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return roles.API(ctx, api, log) })
	if works {
		group.Go(func() error { return roles.Worker(ctx, work, log) })
	}
	b.Cleanup(func() {
		stop()
		if err := group.Wait(); err != nil {
			b.Error(err)
		}
	})
}

func (s *site) await(address, path string) {
	s.b.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if response, err := http.Get("http://" + address + path); err == nil {
			response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(end) {
			s.b.Fatal("the api is not ready within a minute")
		}
	}
}

// importCustomers makes customers, each with its request.
func (s *site) importCustomers(n int) (requests []client.ActivationRequest) {
	s.b.Helper()
	var csv strings.Builder
	csv.WriteString("organisation_number,name,task,task_owner_email\n")
	for i := range n {
		fmt.Fprintf(&csv, "%s,Kund %d AB,Bokföring,%s\n", organisationNumber(i), i, atOffice)
	}
	_, err := s.office.ImportCustomers(s.b.Context(), client.ImportCustomersQuery{}, strings.NewReader(csv.String()))
	must(s.b, err)
	for c, err := range s.office.Customers(s.b.Context(), client.ListCustomersQuery{Limit: 200}) {
		must(s.b, err)
		if !strings.HasPrefix(c.OrganisationNumber, "5599") {
			continue // the seed's
		}
		requests = append(requests, client.ActivationRequest{
			CustomerID: c.ID, SolutionID: "financial-overview", TaskID: c.Tasks[0].ID, InvoiceRecipient: client.InvoiceRecipientOffice,
			Contact: &client.Contact{Name: "Person", Email: personOf(len(requests)), Phone: "0701234567"},
		})
	}
	if len(requests) != n {
		s.b.Fatalf("%d customers, want %d", len(requests), n)
	}
	return requests
}

// organisationNumber is the i-th of a series, with its check digit.
func organisationNumber(i int) string {
	for d := range 10 {
		s := fmt.Sprintf("5599%05d%d", i, d)
		if _, err := collaboration.ParseOrganisationNumber(s); err == nil {
			return s
		}
	}
	panic("no check digit fits")
}

// keepsConnections is a client for many requests at once.
func keepsConnections() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
}

func freeAddress(b testing.TB) string {
	b.Helper()
	port, err := engine.Reserve(0, "")
	must(b, err)
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(port))
}

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
