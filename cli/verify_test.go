package cli_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
	"countersign/internal/auditkey"
	"countersign/internal/receipt"
	"countersign/internal/receipt/receipttest"
)

func TestVerify_DetectsChanges(t *testing.T) {
	t.Parallel()
	id := collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb")
	row := collaboration.AuditRow{Sequence: 1, Key: "requested", Action: "requested", By: "emp-maja", At: time.Unix(0, 0).UTC(), Detail: "{}", Previous: collaboration.Genesis(id)}
	row.Hash = row.ComputeHash(id)
	signer, err := auditkey.New([][]byte{make([]byte, 32)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	row = signer.Sign(id, row)
	head := anchor.Of(id, row).String()
	keys, err := json.Marshal(signer.Keys())
	if err != nil {
		t.Fatal(err)
	}
	published := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(keys) }))
	t.Cleanup(published.Close)
	valid := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id, LastHash: row.Hash, Rows: []collaboration.AuditRow{row}}
	encoded, err := json.Marshal(valid)
	if err != nil {
		t.Fatal(err)
	}
	write := func(content string) string {
		path := filepath.Join(t.TempDir(), "audit.json")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file, keyFile := write(string(encoded)), write(string(keys))
	// The rewritten row has a valid hash, and the signature of the original one.
	rewritten := valid
	rewritten.Rows = []collaboration.AuditRow{row}
	rewritten.Rows[0].By = "emp-nils"
	rewritten.Rows[0].Hash = rewritten.Rows[0].ComputeHash(id)
	rewritten.LastHash = rewritten.Rows[0].Hash
	rewrittenText, err := json.Marshal(rewritten)
	if err != nil {
		t.Fatal(err)
	}
	forged := write(string(rewrittenText))
	approval := receipttest.Approval(collaboration.Swedish)
	approval.Activation, approval.Row = id, row
	pdf, err := receipt.Render(approval)
	if err != nil {
		t.Fatal(err)
	}
	receiptFile := write(string(pdf))
	for name, tt := range map[string]struct {
		args   []string
		code   int
		output string
	}{
		"receipt":             {[]string{"verify", file, "--keys", keyFile, "--receipt", receiptFile}, 0, "Signed heads from other files: 1, all in the audit."},
		"rewritten, receipt":  {[]string{"verify", forged, "--keys", keyFile, "--receipt", receiptFile}, 1, "row 1 (requested) has the hash"},
		"valid, in UTF-16":    {[]string{"verify", write(utf16With(string(encoded), "\xff\xfe"))}, 0, "Verified: 1 rows"},
		"valid, with a mark":  {[]string{"verify", write("\ufeff" + string(encoded))}, 0, "Verified: 1 rows"},
		"valid":               {[]string{"verify", file}, 0, "Verified: 1 rows of activation " + string(id)},
		"last hash":           {[]string{"verify", file, "--last-hash", row.Hash}, 0, row.Hash},
		"other last hash":     {[]string{"verify", file, "--last-hash", "other"}, 1, "rows are missing"},
		"changed":             {[]string{"verify", write(strings.Replace(string(encoded), "emp-maja", "emp-nils", 1))}, 1, "row 1 (requested): does not match its hash"},
		"trailing data":       {[]string{"verify", write(string(encoded) + "{}")}, 1, "not an audit file"},
		"other file":          {[]string{"verify", write("hej")}, 1, "not an audit file"},
		"missing file":        {[]string{"verify", file + ".gone"}, 1, "no such file"},
		"keys":                {[]string{"verify", file, "--keys", keyFile}, 0, "Signatures: 1 valid"},
		"published keys":      {[]string{"verify", file, "--keys", published.URL}, 0, "Signatures: 1 valid"},
		"receipt and webhook": {[]string{"verify", file, "--keys", keyFile, "--receipt", write("%PDF-1.7 " + head), "--head", write(`{"signed_head":"` + head + `"}`)}, 0, "Signed heads from other files: 2"},
		"rewritten":           {[]string{"verify", forged}, 0, "The signatures are not verified"},
		"rewritten, keys":     {[]string{"verify", forged, "--keys", keyFile}, 1, "row 1 (requested) does not match its signature"},
		"rewritten, head":     {[]string{"verify", forged, "--keys", keyFile, "--head", write(head)}, 1, "row 1 (requested) has the hash"},
		"head without keys":   {[]string{"verify", file, "--head", write(head)}, 2, "need --keys"},
		"no head":             {[]string{"verify", file, "--keys", keyFile, "--receipt", write("%PDF-1.7")}, 1, "has no signed head of activation"},
		"no keys":             {[]string{"verify", file, "--keys", write("{}")}, 1, "no Ed25519 key"},
		"erase without --yes": {[]string{"erase", "c-1"}, 2, "--yes"},
		"erase of nothing":    {[]string{"erase", "--yes"}, 2, "--email"},
		"erase of two":        {[]string{"erase", "c-1", "--email", "a@b.example", "--yes"}, 2, "--email"},
	} {
		code, stdout, stderr := run(t, tt.args...)
		if code != tt.code || !strings.Contains(stdout+stderr, tt.output) {
			t.Errorf("%s: exit code %d, %s%s", name, code, stdout, stderr)
		}
	}
}

// utf16With returns text in UTF-16, little endian, behind a byte order mark.
func utf16With(text, mark string) string {
	encoded := mark
	for _, unit := range utf16.Encode([]rune(text)) {
		encoded += string([]byte{byte(unit), byte(unit >> 8)})
	}
	return encoded
}
