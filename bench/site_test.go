package bench_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"countersign/client"
	"countersign/collaboration"
	"countersign/dev/port"
	"countersign/dev/temporalserver"
	"countersign/internal/bootstrap"
	"countersign/internal/config"
	"countersign/internal/eventually"
	"countersign/internal/link"
	"countersign/internal/servertest"
	"countersign/internal/store/storetest"
)

// site is the product as in production, but in one process: an API and a worker with
// encryption, metrics and logs, PostgreSQL, Redis, and a mail provider that accepts
// every mail.
type site struct {
	b        testing.TB
	recorder *stepRecorder
	office   *client.Client
	// customers has a client for each administrator of customers.
	customers [personCount]*client.Client
	links     *link.Signer
	requests  []client.ActivationRequest
	settings  map[string]string
}

const (
	key          = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	managerEmail = "maja@ekstroms.example"
	officeToken  = "the-token-of-the-benchmark-office"
)

// personCount is the number of administrators. It is large, because every request reads
// all customers of its administrator.
const personCount = 256

// personOf returns the address of the n-th customer's administrator.
func personOf(n int) string { return fmt.Sprintf("person-%d@client.example", n%personCount) }

func tokenOf(n int) string { return fmt.Sprintf("the-token-of-customer-%d", n%personCount) }

// tokens returns the setting with the API tokens of all people.
func tokens() string {
	all := managerEmail + ":" + officeToken
	for n := range personCount {
		all += "," + personOf(n) + ":" + tokenOf(n)
	}
	return all
}

// setting is one of the product's settings.
type setting struct{ name, value string }

// openSite starts a site with customers to invite. If temporal is nil, it starts only
// the API.
func openSite(b testing.TB, temporal *temporalserver.Server, customers int, more ...setting) *site {
	b.Helper()
	s := &site{b: b, recorder: newStepRecorder(slog.NewJSONHandler(io.Discard, nil))}
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	b.Cleanup(provider.Close)
	address, database := freeAddress(b), servertest.Postgres(b)
	settings := map[string]string{}
	if temporal != nil {
		settings["TEMPORAL_ADDRESS"] = temporal.Address()
	}
	for name, value := range map[string]string{
		"DATABASE_URL": database, "MIGRATE_DATABASE_URL": servertest.As(database, servertest.Owner), "REDIS_URL": "redis://" + servertest.Redis(b),
		"PUBLIC_URL": "http://" + address, "LISTEN": address, "ADMIN_LISTEN": "127.0.0.1:0", "DRAIN_FOR": "0s",
		"LINK_KEYS": key, "AUDIT_KEYS": key, "ENCRYPTION_KEYS": "2026-01:" + key,
		"API_TOKENS":  tokens(),
		"OIDC_ISSUER": provider.URL, "OIDC_CLIENT_ID": "countersign",
		"MAIL": "sendgrid", "MAIL_FROM": "Countersign <no-reply@countersign.example>",
		"SENDGRID_API_KEY": "SG.unchecked", "SENDGRID_URL": provider.URL, "MAIL_PER_SECOND": "100000",
		// No rate limits: all requests have one address and one office.
		"LIMIT_REQUESTS": "0", "LIMIT_MAILS": "0", "LIMIT_ACTIVATIONS": "0", "LIMIT_VISITORS": "0", "LIMIT_WRITES": "0", "LIMIT_OFFICE_WRITES": "0", "LIMIT_UPLOADS": "0", "LIMIT_STREAMS": "0", "LIMIT_OFFICE_STREAMS": "0", "LIMIT_PERSON_STREAMS": "0",
	} {
		settings[config.Prefix+name] = value
	}
	for _, m := range more {
		settings[m.name] = m.value
	}
	s.settings = settings
	s.run(temporal != nil)
	s.office = &client.Client{URL: "http://" + address, Token: officeToken, HTTP: newHTTPClient()}
	for n := range s.customers {
		s.customers[n] = &client.Client{URL: s.office.URL, Token: tokenOf(n), HTTP: s.office.HTTP}
	}
	s.await(address, map[bool]string{true: "/readyz", false: "/healthz"}[temporal != nil])
	signer, err := link.New([]byte("01234567890123456789012345678901"))
	must(b, err)
	s.links = signer
	s.requests = s.importCustomers(customers)
	return s
}

func (s *site) run(hasWorker bool) {
	b, settings := s.b, s.settings
	b.Helper()
	ctx, stop := context.WithCancel(b.Context())
	log := slog.New(s.recorder)
	api, err := config.Load(config.API, settings)
	must(b, err)
	worker, err := config.Load(config.Worker, settings)
	must(b, err)
	must(b, bootstrap.Migrate(ctx, api))
	must(b, storetest.Seed(ctx, api.DatabaseURL))
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return bootstrap.API(ctx, api, log) })
	if hasWorker {
		group.Go(func() error { return bootstrap.Worker(ctx, worker, log) })
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
	eventually.OK(s.b, "the API responds at "+path, func() error {
		response, err := http.Get("http://" + address + path)
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			return errors.New(response.Status)
		}
		return nil
	})
}

// importCustomers imports customers and returns a request for each.
func (s *site) importCustomers(n int) (requests []client.ActivationRequest) {
	s.b.Helper()
	var csv strings.Builder
	csv.WriteString("organisation_number,name,task,task_owner_email\n")
	for i := range n {
		fmt.Fprintf(&csv, "%s,Kund %d AB,Bokföring,%s\n", organisationNumber(i), i, managerEmail)
	}
	_, err := s.office.ImportCustomers(s.b.Context(), client.ImportCustomersQuery{}, strings.NewReader(csv.String()))
	must(s.b, err)
	for c, err := range s.office.Customers(s.b.Context(), client.ListCustomersQuery{Limit: 200}) {
		must(s.b, err)
		if !strings.HasPrefix(c.OrganisationNumber, "5599") {
			continue // a seeded customer
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

// organisationNumber returns the i-th number of a series, with its check digit.
func organisationNumber(i int) string {
	for d := range 10 {
		s := fmt.Sprintf("5599%05d%d", i, d)
		if _, err := collaboration.ParseOrganisationNumber(s); err == nil {
			return s
		}
	}
	panic("no check digit fits")
}

// newHTTPClient returns a client that reuses connections of concurrent requests.
func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
}

func freeAddress(b testing.TB) string {
	b.Helper()
	free, err := port.Reserve(0, "")
	must(b, err)
	return net.JoinHostPort("127.0.0.1", fmt.Sprint(free))
}

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
