package receipt_test

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/collaboration"
	"countersign/internal/receipt/receipttest"
)

// object matches an object of the document with its number.
var object = regexp.MustCompile(`(?s)\n(\d+) 0 obj\n(.*?)\nendobj`)

// TestRender_IsPDFA checks what PDF/A-2b (ISO 19005-2) requires of the parts that a receipt
// has. It does not replace a validator.
func TestRender_IsPDFA(t *testing.T) {
	t.Parallel()
	pdf := render(t, receipttest.Approval(collaboration.Swedish))
	text := string(pdf)
	objects := map[string]string{}
	for _, m := range object.FindAllStringSubmatch(text, -1) {
		objects[m[1]] = m[2]
	}
	// 6.1.2 and 6.1.3: a comment of four bytes after the header, an ID, and no encryption.
	isText := func(b byte) bool { return b < 0x80 }
	if !regexp.MustCompile(`^%PDF-1\.[4-7]\n%`).Match(pdf) || slices.ContainsFunc(pdf[10:14], isText) {
		t.Errorf("header %q", pdf[:20])
	}
	if !regexp.MustCompile(`trailer\n<<\n/Size \d+\n/Root \d+ 0 R\n/Info \d+ 0 R\n/ID \[<[0-9a-f]{32}> <[0-9a-f]{32}>\]\n>>\nstartxref\n`).MatchString(text) {
		t.Error("the trailer has no ID")
	}
	// 6.1.4: each offset of the cross-reference table is that of its object.
	start, _ := strconv.Atoi(strings.TrimSpace(text[strings.LastIndex(text, "startxref")+10 : strings.LastIndex(text, "%%EOF")]))
	for n, offset := range regexp.MustCompile(`(?m)^(\d{10}) 00000 n`).FindAllStringSubmatch(text[start:], -1) {
		if at, _ := strconv.Atoi(offset[1]); !bytes.HasPrefix(pdf[at:], fmt.Appendf(nil, "%d 0 obj\n", n+1)) {
			t.Errorf("object %d is not at %d", n+1, at)
		}
	}
	// 6.2 to 6.6: no transparency, scripts, actions, annotations or external data.
	for _, banned := range []string{"/Encrypt", "/JavaScript", "/JS", "/AA", "/Launch", "/URI", "/SMask", "/CA ", "/ca ", "/BM ", "/Annots", "/XFA", "/LZWDecode", "/OCProperties", "/Filespec", "/FFilter", "/PS"} {
		for n, o := range objects {
			dictionary, _, _ := strings.Cut(o, "stream\n")
			if strings.Contains(dictionary, banned) {
				t.Errorf("object %s has %s", n, banned)
			}
		}
	}
	// 6.2.3: an output intent with a profile of three components.
	intent := regexp.MustCompile(`/S /GTS_PDFA1[^>]*?/DestOutputProfile (\d+) 0 R`).FindStringSubmatch(text)
	if intent == nil || !strings.Contains(objects[intent[1]], "/N 3") {
		t.Fatalf("output intent %q", intent)
	}
	// 6.2.11: each font is embedded, with the map of its glyphs.
	fonts := 0
	for n, o := range objects {
		if !strings.Contains(o, "/Subtype /CIDFontType2") {
			if strings.Contains(o, "/Subtype /TrueType") || strings.Contains(o, "/Subtype /Type1") {
				t.Errorf("font %s is not embedded: %s", n, o)
			}
			continue
		}
		fonts++
		descriptor := regexp.MustCompile(`/FontDescriptor (\d+) 0 R`).FindStringSubmatch(o)
		if descriptor == nil || !strings.Contains(o, "/CIDToGIDMap") {
			t.Fatalf("font %s: %s", n, o)
		}
		file := regexp.MustCompile(`/FontFile2 (\d+) 0 R`).FindStringSubmatch(objects[descriptor[1]])
		if file == nil || !strings.Contains(objects[file[1]], "stream\n") {
			t.Errorf("font %s has no file: %s", n, objects[descriptor[1]])
		}
	}
	if fonts != 3 {
		t.Errorf("%d fonts", fonts)
	}
	// 6.6.2: the metadata is not compressed, and has the values of the document information.
	metadata := regexp.MustCompile(`/Metadata (\d+) 0 R`).FindStringSubmatch(text)
	if metadata == nil || strings.Contains(strings.SplitN(objects[metadata[1]], "stream\n", 2)[0], "/Filter") {
		t.Fatalf("metadata %q", metadata)
	}
	xmp := objects[metadata[1]]
	for _, want := range []string{"<pdfaid:part>2</pdfaid:part>", "<pdfaid:conformance>B</pdfaid:conformance>", "Kvitto på godkännande</rdf:li>",
		"<pdf:Producer>Countersign</pdf:Producer>", "<xmp:CreateDate>2026-11-28T13:04:05Z</xmp:CreateDate>", "<xmp:ModifyDate>2026-11-28T13:04:05Z</xmp:ModifyDate>"} {
		if !strings.Contains(xmp, want) {
			t.Errorf("no %s in %s", want, xmp)
		}
	}
	info := regexp.MustCompile(`/Info (\d+) 0 R`).FindStringSubmatch(text)
	for _, want := range []string{"/Title (", "/Producer (", "/CreationDate (D:20261128130405", "/ModDate (D:20261128130405"} {
		if !strings.Contains(objects[info[1]], want) {
			t.Errorf("no %s in %.200q", want, objects[info[1]])
		}
	}
	for _, key := range regexp.MustCompile(`(?m)^/(\w+) `).FindAllStringSubmatch(objects[info[1]], -1) {
		if !strings.Contains("Title Producer CreationDate ModDate", key[1]) {
			t.Errorf("the metadata lacks %s", key[1])
		}
	}
}
