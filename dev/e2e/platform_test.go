package e2e_test

import (
	"context"
	"sync"
	"testing"

	"countersign/collaboration"
	"countersign/internal/platform"
)

// otherPlatform is another system where solutions and administrators live, as
// docs/platform.md asks for it. It keeps its own count, and knows nothing of ours.
type otherPlatform struct {
	*moody
	mu sync.Mutex
	// done are the keys of what was asked for, and repeats how often one came again.
	done    map[string]bool
	repeats int
	// solutions and administrators are by the customer, and say which activation
	// made them; letIn are the employees, by activation.
	solutions, administrators map[string]collaboration.ActivationID
	letIn                     map[collaboration.ActivationID][]string
	revoked                   map[takenBack]bool
}

// takenBack is what an activation asked to take back.
type takenBack struct {
	id   collaboration.ActivationID
	part collaboration.PlatformPart
}

func openPlatform(t *testing.T) *otherPlatform {
	t.Helper()
	p := &otherPlatform{
		done: map[string]bool{}, revoked: map[takenBack]bool{}, letIn: map[collaboration.ActivationID][]string{},
		solutions: map[string]collaboration.ActivationID{}, administrators: map[string]collaboration.ActivationID{},
	}
	p.moody = openMoody(t, platform.Handler(p))
	return p
}

func (p *otherPlatform) settings() []string { return []string{"COUNTERSIGN_PLATFORM_URL=" + p.url} }

// once does something under a key, which does it never again.
func (p *otherPlatform) once(s collaboration.PlatformSubject, do func()) error {
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

func (p *otherPlatform) Activate(_ context.Context, a collaboration.PlatformActivation) error {
	return p.once(a.PlatformSubject, func() {
		what, part := p.solutions, collaboration.PlatformSolution
		if a.Administrator != nil {
			what, part = p.administrators, collaboration.PlatformAdministrator
		}
		if _, has := what[a.CustomerID]; !has && !p.revoked[takenBack{a.Activation, part}] {
			what[a.CustomerID] = a.Activation
		}
	})
}

func (p *otherPlatform) Grant(_ context.Context, g collaboration.PlatformGrant) error {
	return p.once(g.PlatformSubject, func() { p.letIn[g.Activation] = g.Employees })
}

func (p *otherPlatform) Revoke(_ context.Context, r collaboration.PlatformRevocation) error {
	return p.once(r.PlatformSubject, func() {
		what := p.solutions
		if r.Part == collaboration.PlatformAdministrator {
			what = p.administrators
		}
		p.revoked[takenBack{r.Activation, r.Part}] = true
		if what[r.CustomerID] == r.Activation {
			delete(what, r.CustomerID)
		}
	})
}

func (p *otherPlatform) End(_ context.Context, e collaboration.PlatformEnd) error {
	return p.once(e.PlatformSubject, func() {
		delete(p.letIn, e.Activation)
		delete(p.solutions, e.CustomerID)
	})
}

func (p *otherPlatform) Status(_ context.Context, s collaboration.PlatformSubject) (status collaboration.PlatformStatus, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, status.HasSolution = p.solutions[s.CustomerID]
	if _, has := p.administrators[s.CustomerID]; has {
		status.Administrators = 1
	}
	status.Employees = p.letIn[s.Activation]
	return status, nil
}

// counts are how many there are of each that the activations made.
func (p *otherPlatform) counts() (solutions, administrators, letIn int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.solutions), len(p.administrators), len(p.letIn)
}
