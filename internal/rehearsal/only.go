package rehearsal

import "testing"

// Only skips the calling test unless the binary was built with the tag.
func Only(t testing.TB) {
	t.Helper()
	if !Enabled {
		t.Skipf("a rehearsal: add -tags rehearsal -timeout 60m to go test and -run '^%s$', or run all of them with make rehearse", t.Name())
	}
}
