package message

import (
	"fmt"
	"time"
)

// AccessChanges are the changes of access to an office's running collaborations since an
// instant, which an external platform must repeat.
type AccessChanges struct {
	OfficeID string    `json:"office_id"`
	Since    time.Time `json:"since"`
}

// accessInterval is the time that one execution covers.
const accessInterval = time.Minute

// NewAccessChanges returns the changes of the interval that contains an instant. The clocks
// of the machines may differ by as much.
func NewAccessChanges(officeID string, now time.Time) AccessChanges {
	return AccessChanges{officeID, now.UTC().Truncate(accessInterval).Add(-accessInterval)}
}

// WorkflowID is the same for all changes of an interval.
func (c AccessChanges) WorkflowID() string {
	return fmt.Sprintf("access-%s-%d", c.OfficeID, c.Since.Unix())
}

// Delay is the time after which every transaction of the interval has ended.
func (c AccessChanges) Delay() time.Duration { return 3 * accessInterval / 2 }
