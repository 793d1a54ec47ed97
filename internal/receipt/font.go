package receipt

import (
	"sync"

	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

var font = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // the font is part of the program
	}
	return f
})

// inFont reports whether the font of the texts has the character.
func inFont(r rune) bool {
	glyph, err := font().GlyphIndex(nil, r)
	return err == nil && glyph != 0
}
