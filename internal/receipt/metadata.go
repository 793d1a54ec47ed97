package receipt

import (
	_ "embed"
	"strings"
	"text/template"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
)

//go:embed sRGB2014.icc
var colours []byte

// producer has no version: a new release renders old receipts with the same bytes.
const producer = "Countersign"

// xmp is the metadata of PDF/A-2b. The values have no characters to escape.
var xmp = template.Must(template.New("").Parse(`<?xpacket begin="` + "\ufeff" + `" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">
<pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{{.Title}}</rdf:li></rdf:Alt></dc:title>
<dc:identifier>{{.Head}}</dc:identifier>
<pdf:Producer>` + producer + `</pdf:Producer>
<xmp:CreateDate>{{.At}}</xmp:CreateDate><xmp:ModifyDate>{{.At}}</xmp:ModifyDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`))

// describe sets the metadata. The time of the document is that of the approval.
func (s sheet) describe(a collaboration.Approval, title string) {
	at := a.At.UTC().Truncate(time.Second)
	var text strings.Builder
	// Writing to a builder does not fail.
	_ = xmp.Execute(&text, map[string]string{"Title": title, "Head": anchor.Of(a.Activation, a.Row).String(), "At": at.Format(time.RFC3339)})
	s.pdf.SetXmpMetadata([]byte(text.String()))
	s.pdf.AddOutputIntent(fpdf.OutputIntentType{SubtypeIdent: fpdf.OutputIntent_GTS_PDFA1, OutputConditionIdentifier: "sRGB", ICCProfile: colours})
	s.pdf.SetCatalogSort(true)
	s.pdf.SetCreationDate(at)
	s.pdf.SetModificationDate(at)
	s.pdf.SetProducer(producer, true)
	s.pdf.SetTitle(title, true)
	s.pdf.SetLang(string(a.Offer.Locale))
}
