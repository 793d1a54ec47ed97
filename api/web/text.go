package web

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"countersign/collaboration"
)

// texts holds what people read, by language and key.
var texts = map[collaboration.Locale]map[string]string{
	collaboration.Swedish: mustTexts("text/sv"),
	collaboration.English: mustTexts("text/en"),
}

func mustTexts(folder string) map[string]string {
	all := map[string]string{}
	names, err := fs.Glob(files, folder+"/*.json")
	if err != nil || len(names) == 0 {
		panic(fmt.Errorf("%s: no texts: %w", folder, err))
	}
	for _, name := range names {
		raw, err := files.ReadFile(name)
		if err != nil {
			panic(err)
		}
		var some map[string]string
		if err := json.Unmarshal(raw, &some); err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		for key, text := range some {
			if _, twice := all[key]; twice {
				panic(fmt.Errorf("%s: %q is there twice", name, key))
			}
			all[key] = text
		}
	}
	return all
}

// Text is what people read for a key; the key itself where nobody wrote it.
func Text(l collaboration.Locale, key string, args ...any) string {
	t, ok := texts[l][key]
	if !ok {
		return key
	}
	if !strings.Contains(t, "%") { // not every text uses what it is given
		return t
	}
	return fmt.Sprintf(t, args...)
}

// Preferred is the language of an Accept-Language header that we speak best;
// otherwise where it names none of ours.
func Preferred(header string, otherwise collaboration.Locale) collaboration.Locale {
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

// Has reports whether somebody wrote a text for a key.
func Has(l collaboration.Locale, key string) bool {
	_, ok := texts[l][key]
	return ok
}
