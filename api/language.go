package api

import (
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"countersign/collaboration"
)

//go:embed web
var web embed.FS

// texts holds what people read, by language and key.
var texts = map[collaboration.Locale]map[string]string{
	collaboration.Swedish: mustTexts("web/text/sv.json"),
	collaboration.English: mustTexts("web/text/en.json"),
}

func mustTexts(name string) map[string]string {
	raw, err := web.ReadFile(name)
	if err != nil {
		panic(err)
	}
	var t map[string]string
	if err := json.Unmarshal(raw, &t); err != nil {
		panic(fmt.Errorf("%s: %w", name, err))
	}
	return t
}

// text is what people read for a key; the key itself where nobody wrote it.
func text(l collaboration.Locale, key string, args ...any) string {
	t, ok := texts[l][key]
	if !ok {
		return key
	}
	if !strings.Contains(t, "%") { // not every text uses what it is given
		return t
	}
	return fmt.Sprintf(t, args...)
}

// preferred is the language of an Accept-Language header that we speak best;
// otherwise where it names none of ours.
func preferred(header string, otherwise collaboration.Locale) collaboration.Locale {
	best, bestWeight := otherwise, 0.0
	for part := range strings.SplitSeq(header, ",") {
		tag, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		l := collaboration.Locale(primary)
		if w := weight(params); l.Valid() && w > bestWeight {
			best, bestWeight = l, w
		}
	}
	return best
}

func weight(params string) float64 {
	value, found := strings.CutPrefix(strings.TrimSpace(params), "q=")
	if !found {
		return 1
	}
	w, err := strconv.ParseFloat(value, 64)
	if err != nil {
		return 0
	}
	return w
}
