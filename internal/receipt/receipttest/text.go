package receipttest

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strings"
	"unicode/utf16"
)

var (
	streams = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	shown   = regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\) ?Tj`)
	escapes = strings.NewReplacer(`\\`, `\`, `\(`, `(`, `\)`, `)`, `\r`, "\r")
)

// Text returns the visible text of a PDF of package receipt, one line for each drawn line.
func Text(pdf []byte) string {
	var text strings.Builder
	for _, stream := range streams.FindAllSubmatch(pdf, -1) {
		unpacked, err := zlib.NewReader(bytes.NewReader(stream[1]))
		if err != nil {
			continue
		}
		content, err := io.ReadAll(unpacked)
		if err != nil {
			continue
		}
		for _, line := range shown.FindAllSubmatch(content, -1) {
			text.WriteString(decode(escapes.Replace(string(line[1]))) + "\n")
		}
	}
	return text.String()
}

// decode reads UTF-16, big endian.
func decode(s string) string {
	var units []uint16
	for i := 0; i+1 < len(s); i += 2 {
		units = append(units, uint16(s[i])<<8|uint16(s[i+1]))
	}
	return string(utf16.Decode(units))
}
