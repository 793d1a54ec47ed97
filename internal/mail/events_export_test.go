package mail

import "time"

// At sets the clock of the parser.
func (e *Events) At(now time.Time) *Events {
	e.now = func() time.Time { return now }
	return e
}
