package table

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// toUTF8 converts the text of a file to UTF-8 without a byte order mark. UTF-16 begins with
// a byte order mark, or with a letter of the header and a zero byte. Other text that is not valid UTF-8 is Windows-1252, which contains the
// letters of ISO-8859-1: old programs write it.
func toUTF8(raw []byte) []byte {
	switch {
	case len(raw) > 1 && raw[1] == 0:
		raw = append([]byte{0xff, 0xfe}, raw...)
	case len(raw) > 1 && raw[0] == 0:
		raw = append([]byte{0xfe, 0xff}, raw...)
	}
	switch {
	case bytes.HasPrefix(raw, []byte{0xff, 0xfe}), bytes.HasPrefix(raw, []byte{0xfe, 0xff}):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(raw)
		if err == nil {
			return text
		}
	case !utf8.Valid(raw):
		if text, err := charmap.Windows1252.NewDecoder().Bytes(raw); err == nil {
			return text
		}
	}
	return bytes.TrimPrefix(raw, []byte("\ufeff"))
}
