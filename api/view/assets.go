package view

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"net/http"
	"strings"
	"time"
)

//go:embed templates css js icon.svg
var files embed.FS

// asset is one file as sent to browsers. Its path includes its hash. Browsers cache it
// without expiry and fetch a new version at once.
type asset struct {
	name, contentType, address string
	body                       []byte
}

var (
	stylesheet = bundle("countersign.css", "text/css; charset=utf-8", "css/*.css")
	script     = bundle("countersign.js", "text/javascript; charset=utf-8", "js/*.js")
	icon       = bundle("icon.svg", "image/svg+xml", "icon.svg")
)

// bundle concatenates files in the order of their names.
func bundle(name, contentType, pattern string) asset {
	a := asset{name: name, contentType: contentType}
	names, err := fs.Glob(files, pattern)
	if err != nil || len(names) == 0 {
		panic("view: no " + pattern)
	}
	for _, n := range names {
		raw, err := files.ReadFile(n)
		if err != nil {
			panic(err)
		}
		a.body = append(a.body, raw...)
	}
	sum := sha256.Sum256(a.body)
	a.address = "/assets/" + name + "?v=" + hex.EncodeToString(sum[:6])
	return a
}

// Assets serves the stylesheet, the script and the icon below /assets/.
func Assets() http.Handler {
	assets := map[string]asset{}
	for _, a := range []asset{stylesheet, script, icon} {
		assets[a.name] = a
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a, ok := assets[strings.TrimPrefix(r.URL.Path, "/assets/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", a.contentType)
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		http.ServeContent(w, r, a.name, time.Time{}, bytes.NewReader(a.body))
	})
}
