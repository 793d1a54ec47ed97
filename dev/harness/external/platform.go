package external

import (
	"context"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/provisioning"
	"countersign/dev/harness/faulty"
	"countersign/internal/platform/platformtest"
)

// Platform is another system that has the solutions and administrators, as
// docs/platform.md specifies it. It shares no data with the product.
type Platform struct {
	*faulty.Server
	mu sync.Mutex
	// done has the idempotency keys of handled requests, and repeats counts the
	// requests that had one of them.
	done    map[string]bool
	repeats int
	// solutions and administrators have the activation that made them, by customer.
	solutions, administrators map[string]collaboration.ActivationID
	// grants has the employees with access, by activation.
	grants  map[collaboration.ActivationID][]string
	revoked map[revokedPart]bool
}

// revokedPart is a part of an activation that was revoked. A later Activate of it,
// which may be a delayed repeat, has no effect.
type revokedPart struct {
	id   collaboration.ActivationID
	part provisioning.Part
}

// StartPlatform starts a platform without a fault.
func StartPlatform(t *testing.T) *Platform {
	t.Helper()
	p := &Platform{
		done: map[string]bool{}, revoked: map[revokedPart]bool{}, grants: map[collaboration.ActivationID][]string{},
		solutions: map[string]collaboration.ActivationID{}, administrators: map[string]collaboration.ActivationID{},
	}
	p.Server = faulty.StartServer(t, platformtest.Handler(p))
	return p
}

// Settings returns the product's settings for this platform.
func (p *Platform) Settings() []string { return []string{"COUNTERSIGN_PLATFORM_URL=" + p.URL} }

// once calls do for the first request with an idempotency key.
func (p *Platform) once(s provisioning.Subject, do func()) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.done[s.Key] {
		p.repeats++
		return nil
	}
	p.done[s.Key] = true
	do()
	return nil
}

// Activate adds the solution or, if the request has one, the administrator.
func (p *Platform) Activate(_ context.Context, a provisioning.Activation) error {
	return p.once(a.Subject, func() {
		owners, part := p.solutions, provisioning.Solution
		if a.Administrator != nil {
			owners, part = p.administrators, provisioning.Administrator
		}
		if _, has := owners[a.CustomerID]; !has && !p.revoked[revokedPart{a.Activation, part}] {
			owners[a.CustomerID] = a.Activation
		}
	})
}

// Grant gives employees of the office access.
func (p *Platform) Grant(_ context.Context, g provisioning.Grant) error {
	return p.once(g.Subject, func() { p.grants[g.Activation] = g.Employees })
}

// Revoke removes a part, if the same activation made it.
func (p *Platform) Revoke(_ context.Context, r provisioning.Revocation) error {
	return p.once(r.Subject, func() {
		owners := p.solutions
		if r.Part == provisioning.Administrator {
			owners = p.administrators
		}
		p.revoked[revokedPart{r.Activation, r.Part}] = true
		if owners[r.CustomerID] == r.Activation {
			delete(owners, r.CustomerID)
		}
	})
}

// End removes the solution and the access to it.
func (p *Platform) End(_ context.Context, e provisioning.End) error {
	return p.once(e.Subject, func() {
		delete(p.grants, e.Activation)
		delete(p.solutions, e.CustomerID)
	})
}

// Status returns the customer's solution, administrators and access.
func (p *Platform) Status(_ context.Context, s provisioning.Subject) (status provisioning.Status, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, status.HasSolution = p.solutions[s.CustomerID]
	if _, has := p.administrators[s.CustomerID]; has {
		status.Administrators = 1
	}
	status.Employees = p.grants[s.Activation]
	return status, nil
}

// Counts returns the totals of all customers.
func (p *Platform) Counts() (solutions, administrators, grants int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.solutions), len(p.administrators), len(p.grants)
}
