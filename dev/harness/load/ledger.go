package load

import (
	"sync"

	"countersign/collaboration"
)

// Ledger has the activations that the API confirmed to its callers.
type Ledger struct {
	mu      sync.Mutex
	entries []Expected
}

// Add adds an activation.
func (l *Ledger) Add(e Expected) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.entries = append(l.entries, e)
}

// SetState changes the expected state of an activation.
func (l *Ledger) SetState(id collaboration.ActivationID, state collaboration.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for n := range l.entries {
		if l.entries[n].ID == id {
			l.entries[n].State = state
		}
	}
}

// All returns a copy of the entries.
func (l *Ledger) All() []Expected {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Expected(nil), l.entries...)
}
