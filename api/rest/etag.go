package rest

import (
	"fmt"
	"strings"

	"countersign/internal/app"
)

// etag returns the ETag of a version of an activation.
func etag(version int) string { return fmt.Sprintf("%q", fmt.Sprint(version)) }

// matches reports whether an If-None-Match header names the tag.
func matches(header, tag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		if c := trimWeak(candidate); c == tag || c == "*" {
			return true
		}
	}
	return false
}

func trimWeak(tag string) string { return strings.TrimPrefix(strings.TrimSpace(tag), "W/") }

// ifMatch returns the precondition of an If-Match header. A tag that etag does not make
// matches no version.
func ifMatch(header string) app.Precondition {
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
		if _, err := fmt.Sscanf(tag, `"%d"`, &version); err == nil && etag(version) == tag {
			versions = append(versions, version)
		}
	}
	return app.IfVersion(versions...)
}
