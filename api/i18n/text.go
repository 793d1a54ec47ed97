package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"countersign/collaboration"
)

//go:embed text
var files embed.FS

// texts maps each language to its texts by key.
var texts = map[collaboration.Locale]map[string]string{
	collaboration.Swedish: mustLoad("text/sv"),
	collaboration.English: mustLoad("text/en"),
}

func mustLoad(folder string) map[string]string {
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
		var file map[string]string
		if err := json.Unmarshal(raw, &file); err != nil {
			panic(fmt.Errorf("%s: %w", name, err))
		}
		for key, text := range file {
			if _, duplicate := all[key]; duplicate {
				panic(fmt.Errorf("%s: duplicate key %q", name, key))
			}
			all[key] = text
		}
	}
	return all
}

// Text formats the text of a key in a language. It returns the key if the text is missing.
func Text(l collaboration.Locale, key string, args ...any) string {
	t, ok := texts[l][key]
	if !ok {
		return key
	}
	if !strings.Contains(t, "%") { // a text may ignore its arguments
		return t
	}
	return fmt.Sprintf(t, args...)
}

// Has reports whether a language has a text for a key.
func Has(l collaboration.Locale, key string) bool {
	_, ok := texts[l][key]
	return ok
}
