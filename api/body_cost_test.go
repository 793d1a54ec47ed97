package api_test

import (
	"runtime"
	"strings"
	"testing"
)

// A small body must not allocate much memory, in any structure.
func TestBody_BoundsMemory(t *testing.T) {
	const most = 8 << 20
	for name, body := range map[string]string{
		"deep":           strings.Repeat(`{"a":`, 10_000) + "1" + strings.Repeat("}", 10_000),
		"deep, open":     strings.Repeat(`{"abcd":`, 8_000),
		"deep arrays":    strings.Repeat("[", 60_000),
		"below one name": `{"` + strings.Repeat("x", 30_000) + `":{` + strings.Repeat(`"a":1,`, 5_000) + `"a":1}}`,
	} {
		t.Run(name, func(t *testing.T) {
			s, r := newWorld().server(t), post("/v1/activations", "nils", body)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got := r.send(s)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > most {
				t.Errorf("%d MiB for %d KiB", took>>20, len(body)>>10)
			}
			if got.Code != 400 {
				t.Errorf("status %d: %.200s", got.Code, got.Body)
			}
		})
	}
}
