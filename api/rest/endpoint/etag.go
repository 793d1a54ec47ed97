package endpoint

import (
	"fmt"
	"strings"

	"countersign/internal/app"
)

// ETag returns the ETag of a version of a resource.
func ETag(version int) string { return fmt.Sprintf("%q", fmt.Sprint(version)) }

// Matches reports whether an If-None-Match header names the tag.
func Matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if c := trimWeak(candidate); c == tag || c == "*" {
			return true
		}
	}
	return false
}

func trimWeak(tag string) string { return strings.TrimPrefix(strings.TrimSpace(tag), "W/") }

// IfMatch returns the precondition of an If-Match header. A tag that ETag does not make
// matches no version.
func IfMatch(header string) app.Precondition {
	if header == "" {
		return app.Precondition{}
	}
	var versions []int
	for candidate := range strings.SplitSeq(header, ",") {
		tag := trimWeak(candidate)
		if tag == "*" {
			return app.Precondition{}
		}
		var version int
		if _, err := fmt.Sscanf(tag, `"%d"`, &version); err == nil && ETag(version) == tag {
			versions = append(versions, version)
		}
	}
	return app.IfVersion(versions...)
}
