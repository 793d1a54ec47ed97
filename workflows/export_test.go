package workflows

import "countersign/internal/eventually"

// The SDK's test environment measures a local activity by the machine's clock.
// No step becomes a normal activity because the machine is busy.
func init() { localActivityTimeout = eventually.Deadline }

// The product's own values.
var (
	LocalActivityTimeout = localActivityTimeout
)

// AmendedBy is an agreement as a command changes it.
var AmendedBy = amendedBy
