package app

import "slices"

// Precondition names the versions of a resource to which a change applies. The zero
// value allows every version.
type Precondition struct {
	versions []int
	required bool
}

// IfVersion allows the given versions only. Without a version it allows none.
func IfVersion(versions ...int) Precondition {
	return Precondition{versions: versions, required: true}
}

// Versions returns the allowed versions; nil for every version.
func (p Precondition) Versions() []int {
	if p.required && p.versions == nil {
		return []int{}
	}
	return p.versions
}

func (p Precondition) allows(version int) bool {
	return !p.required || slices.Contains(p.versions, version)
}
