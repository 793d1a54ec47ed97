package app

import "slices"

// Precondition names the versions of an activation to which a change applies. The zero
// value allows every version.
type Precondition struct {
	versions []int
	required bool
}

// IfVersion allows the given versions only. Without a version it allows none.
func IfVersion(versions ...int) Precondition {
	return Precondition{versions: versions, required: true}
}

func (p Precondition) allows(version int) bool {
	return !p.required || slices.Contains(p.versions, version)
}
