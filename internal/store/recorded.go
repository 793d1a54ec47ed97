package store

import (
	"time"

	"countersign/collaboration"
)

// Recorded is a step that was recorded just now, for those who count and log.
// Nothing of it is personal.
type Recorded struct {
	Activation collaboration.ActivationID
	Action     collaboration.Action
	// Result is how a mail was handed over, or the state that an activation was
	// closed in; empty for other actions.
	Result string
	// Waited is how long the customer took to approve, for the start of an
	// agreement.
	Waited time.Duration
}

// OnRecorded has f told of every step once, after its commit. A repeat records
// nothing, and is not told. A process that is killed in between has told
// nobody: this is for counting, not for acting on. Set it before the first write.
func (s *Store) OnRecorded(f func(Recorded)) { s.recorded = f }

func (s *Store) tellRecorded(steps []Recorded) {
	if s.recorded == nil {
		return
	}
	for _, each := range steps {
		s.recorded(each)
	}
}
