//go:build rehearsal

package rehearsal

// Enabled reports whether this binary was built to rehearse.
const Enabled = true
