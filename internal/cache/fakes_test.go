package cache_test

import (
	"context"
	"maps"
	"sync"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/internal/cache"
	"countersign/internal/eventually"
	"countersign/internal/redisclient"
	"countersign/internal/servertest"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// source is the database.
type source struct {
	mu    sync.Mutex
	rows  map[string]collaboration.Customer
	err   error
	loads int
	// afterRead is called after a row was read, before it is returned.
	afterRead func()
}

func newSource() *source {
	return &source{rows: map[string]collaboration.Customer{
		"c-1": customer("office-1", "c-1"), "c-2": customer("office-2", "c-2"),
	}}
}

func customer(office, id string) collaboration.Customer {
	return collaboration.Customer{
		ID: id, OfficeID: office, Name: "Åkessons Bageri", OrganisationNumber: "5566778899",
		CreatedAt:      time.Date(2026, 11, 23, 10, 11, 12, 131415000, time.UTC),
		Tasks:          []collaboration.Task{{ID: "t-1", CustomerID: id, Name: "Bokföring", OwnerID: "emp-maja", Open: true}},
		Subscriptions:  []collaboration.Subscription{{SolutionID: "financial-overview", InvoiceRecipient: collaboration.PaidByOffice, Since: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ActivatedBy: "a-1"}},
		Administrators: []collaboration.Administrator{{ID: "adm-1", CustomerID: id, Contact: collaboration.Contact{Name: "Åsa", Email: "asa@bagarn.example", Phone: "070-123 45 67"}, MainContact: true, CreatedBy: "a-1"}},
	}
}

func (s *source) Customer(_ context.Context, officeID, id string) (collaboration.Customer, error) {
	s.mu.Lock()
	s.loads++
	c, ok := s.rows[id]
	err, afterRead := s.err, s.afterRead
	s.mu.Unlock()
	if afterRead != nil {
		afterRead()
	}
	if err != nil {
		return collaboration.Customer{}, err
	}
	if !ok || c.OfficeID != officeID {
		return collaboration.Customer{}, &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	return c, nil
}

func (s *source) rename(id, name string) {
	s.change(func() {
		c := s.rows[id]
		c.Name = name
		s.rows[id] = c
	})
}

// afterFirstRead calls a function between the next load and its fill.
func (s *source) afterFirstRead(do func()) {
	s.afterRead = func() {
		s.change(func() { s.afterRead = nil })
		do()
	}
}

// setVersion marks a customer's change by its creation time, in microseconds.
func (s *source) setVersion(id string, version int64) {
	s.change(func() {
		c := s.rows[id]
		c.CreatedAt = time.UnixMicro(version).UTC()
		s.rows[id] = c
	})
}

func (s *source) change(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

func (s *source) wantLoads(t *testing.T, want int) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.loads != want {
		t.Errorf("%d loads from the database, want %d", s.loads, want)
	}
}

// counted reads the metric of lookups.
type counted struct {
	t      *testing.T
	reader *sdkmetric.ManualReader
}

func (c counted) results() map[string]int64 {
	c.t.Helper()
	var all metricdata.ResourceMetrics
	if err := c.reader.Collect(context.Background(), &all); err != nil {
		c.t.Fatal(err)
	}
	got := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			if m.Name != "countersign.customer_cache.lookups" {
				c.t.Errorf("unexpected metric %s", m.Name)
			}
			for _, p := range m.Data.(metricdata.Sum[int64]).DataPoints {
				v, _ := p.Attributes.Value(attribute.Key("result"))
				got[v.AsString()] += p.Value
			}
		}
	}
	return got
}

func (c counted) want(want map[string]int64) {
	c.t.Helper()
	if got := c.results(); !maps.Equal(got, want) {
		c.t.Errorf("lookups %v, want %v", got, want)
	}
}

func newCustomers(t *testing.T, rdb *redis.Client, s cache.Source) (*cache.Customers, counted) {
	reader := sdkmetric.NewManualReader()
	meter := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader)).Meter("test")
	return cache.NewCustomers(rdb, s, meter), counted{t, reader}
}

// newPatient returns a cache for tests that do not depend on Redis's speed.
func newPatient(t *testing.T, rdb *redis.Client, s cache.Source) (*cache.Customers, counted) {
	c, lookups := newCustomers(t, rdb, s)
	return c.Patient(), lookups
}

func client(t *testing.T, addr string) *redis.Client {
	t.Helper()
	return clientOf(t, "redis://"+addr)
}

// clientOf returns a client with timeouts that a busy machine does not reach.
func clientOf(t *testing.T, url string) *redis.Client {
	t.Helper()
	rdb, err := redisclient.New(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { rdb.Close() })
	o := rdb.Options()
	o.ReadTimeout, o.WriteTimeout = eventually.Deadline, eventually.Deadline
	return rdb
}

// servers are those that the product uses, by their URLs: Redis, and miniredis in the
// development stack.
var servers = map[string]func(*testing.T) string{
	"miniredis": func(t *testing.T) string { return "redis://" + miniredis.RunT(t).Addr() },
	"Redis":     func(t *testing.T) string { return servertest.RedisDatabase(t) },
}

func eachServer(t *testing.T, test func(t *testing.T, url string)) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, start(t))
		})
	}
}

func look(t *testing.T, c *cache.Customers, office, id, wantName string) {
	t.Helper()
	got, err := c.Customer(t.Context(), office, id)
	if err != nil || got.Name != wantName {
		t.Errorf("%s of %s: got %q, %v; want %q", id, office, got.Name, err, wantName)
	}
}

func lookMissing(t *testing.T, c *cache.Customers, office, id string) {
	t.Helper()
	if got, err := c.Customer(t.Context(), office, id); collaboration.CodeOf(err) != collaboration.CodeCustomerNotFound {
		t.Errorf("%s of %s: got %q, %v; want customer_not_found", id, office, got.Name, err)
	}
}

const name = "Åkessons Bageri"
