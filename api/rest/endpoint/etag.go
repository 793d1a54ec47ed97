package endpoint

import (
	"fmt"
	"strings"

	"countersign/internal/app"
)

// IfMatchInput is the header that limits a change to a version of the resource.
type IfMatchInput struct {
	IfMatch string `header:"If-Match" doc:"The request fails with precondition_failed if the current ETag differs." example:"\"3\""`
}

// Precondition returns the precondition of the header.
func (i IfMatchInput) Precondition() app.Precondition { return IfMatch(i.IfMatch) }

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
