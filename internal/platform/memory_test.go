package platform_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/provisioning"
	"countersign/internal/store"
)

// memoryPlatform is a platform in memory. It ignores a repeated idempotency key and
// an activation that arrives after its revocation.
type memoryPlatform struct {
	mu        sync.Mutex
	keys      map[string]bool
	customers map[string]*memoryCustomer
	access    map[collaboration.ActivationID][]string
}

type memoryCustomer struct {
	solutions      map[string]collaboration.Subscription
	administrators []collaboration.Administrator
}

// platformOf returns a platform with the customers that a database has.
func platformOf(t *testing.T, s *store.Store) *memoryPlatform {
	t.Helper()
	customers, _, err := s.Customers(ctx, office, collaboration.CustomerFilter{Page: collaboration.Page{Limit: 500}})
	must(t, err)
	p := &memoryPlatform{keys: map[string]bool{}, customers: map[string]*memoryCustomer{}, access: map[collaboration.ActivationID][]string{}}
	for _, c := range customers {
		has := &memoryCustomer{solutions: map[string]collaboration.Subscription{}, administrators: c.Administrators}
		for _, subscription := range c.Subscriptions {
			has.solutions[subscription.SolutionID] = subscription
		}
		p.customers[c.ID] = has
	}
	return p
}

func (p *memoryPlatform) Activate(_ context.Context, a provisioning.Activation) error {
	return p.once(a.Subject, func(c *memoryCustomer) {
		_, has := c.solutions[a.SolutionID]
		switch {
		case a.Administrator != nil:
			sameAddress := func(b collaboration.Administrator) bool { return strings.EqualFold(a.Administrator.Email, b.Email) }
			if !p.keys[revocation(a.Activation, provisioning.Administrator)] && !slices.ContainsFunc(c.administrators, sameAddress) {
				c.administrators = append(c.administrators, collaboration.Administrator{Contact: collaboration.Contact{Email: a.Administrator.Email}, CreatedBy: a.Activation})
			}
		case !has && !p.keys[revocation(a.Activation, provisioning.Solution)]:
			c.solutions[a.SolutionID] = collaboration.Subscription{Variant: a.Variant, InvoiceRecipient: a.InvoiceRecipient, ActivatedBy: a.Activation}
		}
	})
}

func revocation(id collaboration.ActivationID, part provisioning.Part) string {
	return string(id) + ":revoked:" + string(part)
}

func (p *memoryPlatform) Grant(_ context.Context, g provisioning.Grant) error {
	return p.once(g.Subject, func(c *memoryCustomer) {
		p.access[g.Activation] = slices.Sorted(slices.Values(g.Employees))
		if has, ok := c.solutions[g.SolutionID]; ok {
			has.InvoiceRecipient = cmp.Or(g.InvoiceRecipient, has.InvoiceRecipient)
			has.Variant = cmp.Or(g.Variant, has.Variant)
			c.solutions[g.SolutionID] = has
		}
	})
}

func (p *memoryPlatform) Revoke(_ context.Context, r provisioning.Revocation) error {
	return p.once(r.Subject, func(c *memoryCustomer) {
		p.keys[revocation(r.Activation, r.Part)] = true
		if r.Part == provisioning.Administrator {
			c.administrators = slices.DeleteFunc(c.administrators, func(a collaboration.Administrator) bool { return a.CreatedBy == r.Activation })
		} else if c.solutions[r.SolutionID].ActivatedBy == r.Activation {
			delete(c.solutions, r.SolutionID)
		}
	})
}

func (p *memoryPlatform) End(_ context.Context, e provisioning.End) error {
	return p.once(e.Subject, func(c *memoryCustomer) {
		delete(p.access, e.Activation)
		if has, ok := c.solutions[e.SolutionID]; ok && e.Policy == collaboration.ContinueAlone {
			has.InvoiceRecipient = collaboration.PaidByCustomer
			c.solutions[e.SolutionID] = has
			return
		}
		delete(c.solutions, e.SolutionID)
	})
}

func (p *memoryPlatform) Status(_ context.Context, s provisioning.Subject) (provisioning.Status, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.customers[s.CustomerID]
	if c == nil {
		return provisioning.Status{}, nil
	}
	has, ok := c.solutions[s.SolutionID]
	return provisioning.Status{
		HasSolution: ok, Variant: has.Variant, InvoiceRecipient: has.InvoiceRecipient,
		Administrators: len(c.administrators), Employees: p.access[s.Activation],
	}, nil
}

// once changes a customer, unless the idempotency key was used before.
func (p *memoryPlatform) once(s provisioning.Subject, change func(*memoryCustomer)) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.customers[s.CustomerID]
	if c == nil {
		return &collaboration.Error{Code: collaboration.CodeCustomerNotFound}
	}
	if !p.keys[s.Key] {
		p.keys[s.Key] = true
		change(c)
	}
	return nil
}

// statusIn returns what the product's database has of a platform's customer.
func statusIn(t *testing.T, s *store.Store, of provisioning.Subject) provisioning.Status {
	t.Helper()
	c, err := s.Customer(ctx, office, of.CustomerID)
	must(t, err)
	status := provisioning.Status{Administrators: len(c.Administrators)}
	for _, has := range c.Subscriptions {
		if has.SolutionID == of.SolutionID {
			status.HasSolution, status.Variant, status.InvoiceRecipient = true, has.Variant, has.InvoiceRecipient
		}
	}
	status.Employees, err = s.Access(ctx, of.Activation)
	must(t, err)
	return status
}
