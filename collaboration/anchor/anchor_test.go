package anchor_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"countersign/collaboration"
	"countersign/collaboration/anchor"
)

const id = collaboration.ActivationID("aaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb")

var (
	private = ed25519.NewKeyFromSeed(bytes.Repeat([]byte("k"), ed25519.SeedSize))
	another = ed25519.NewKeyFromSeed(bytes.Repeat([]byte("o"), ed25519.SeedSize))
	keys    = anchor.Keys{public(another), public(private)}
)

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// signed returns a valid audit with n signed rows.
func signed(t testing.TB, n int) collaboration.AuditFile {
	t.Helper()
	file := collaboration.AuditFile{Format: collaboration.AuditFormat, Activation: id}
	for sequence := range n {
		file.Rows = append(file.Rows, collaboration.AuditRow{
			Sequence: sequence + 1, Key: string(rune('a' + sequence)), Action: "changed", By: "emp-maja", At: time.Unix(0, 0).UTC(), Detail: "{}",
		})
	}
	rehash(&file)
	for i, row := range file.Rows {
		file.Rows[i] = sign(row, private)
	}
	verifyChain(t, file)
	return file
}

// rehash computes the chain again, as the owner of a database can.
func rehash(file *collaboration.AuditFile) {
	file.LastHash = collaboration.Genesis(id)
	for i := range file.Rows {
		row := &file.Rows[i]
		row.Previous = file.LastHash
		row.Hash = row.ComputeHash(id)
		file.LastHash = row.Hash
	}
}

func sign(row collaboration.AuditRow, key ed25519.PrivateKey) collaboration.AuditRow {
	row.KeyID = anchor.KeyID(public(key))
	row.Signature = base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, anchor.Of(id, row).SignedText()))
	return row
}

func verifyChain(t testing.TB, file collaboration.AuditFile) {
	t.Helper()
	encoded, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := collaboration.VerifyAudit(bytes.NewReader(encoded)); err != nil {
		t.Fatalf("the chain alone does not verify: %v", err)
	}
}

// A rewritten chain verifies without its signatures. The signatures and each copy of a
// signed head name the rows that differ.
func TestCheck_DetectsRewrittenChain(t *testing.T) {
	t.Parallel()
	head := func(file collaboration.AuditFile, sequence int) anchor.SignedHead {
		return anchor.Of(id, file.Rows[sequence-1])
	}
	original := signed(t, 6)
	other := head(original, 3)
	other.Activation = "cccccccccccccccccccc-bbbbbbbbbbbbbbbb"
	other.Signature = base64.RawURLEncoding.EncodeToString(ed25519.Sign(private, other.SignedText()))
	for name, tt := range map[string]struct {
		change func(*collaboration.AuditFile)
		heads  []anchor.SignedHead
		want   []string // parts of the error; none for a valid audit
	}{
		"unchanged":            {nil, []anchor.SignedHead{head(original, 6), head(original, 2)}, nil},
		"unchanged, no head":   {nil, nil, nil},
		"rewritten":            {func(f *collaboration.AuditFile) { f.Rows[3].By = "emp-nils"; rehash(f) }, nil, []string{"row 4 (changed) does not match its signature"}},
		"rewritten, with head": {func(f *collaboration.AuditFile) { f.Rows[3].By = "emp-nils"; rehash(f) }, []anchor.SignedHead{head(original, 5), head(original, 2)}, []string{"row 5 (changed) has the hash", "a row from 3 to 5 was changed", "row 4 (changed) does not match its signature"}},
		"rewritten without signatures": {func(f *collaboration.AuditFile) {
			f.Rows[3].By = "emp-nils"
			rehash(f)
			f.Rows[3].Signature, f.Rows[3].KeyID = "", ""
		}, nil, []string{"row 4 (changed) is not signed"}},
		"rewritten with a stolen key": {func(f *collaboration.AuditFile) {
			f.Rows[3].By = "emp-nils"
			rehash(f)
			for i := range f.Rows {
				f.Rows[i] = sign(f.Rows[i], private)
			}
		}, []anchor.SignedHead{head(original, 4)}, []string{"row 4 (changed) has the hash", "a row from 1 to 4"}},
		"signed with an unknown key": {func(f *collaboration.AuditFile) {
			f.Rows[5] = sign(f.Rows[5], ed25519.NewKeyFromSeed(make([]byte, 32)))
		}, nil, []string{"row 6 (changed) is signed with the key", "not in the list"}},
		"signature of another row":   {func(f *collaboration.AuditFile) { f.Rows[5].Signature = f.Rows[4].Signature }, nil, []string{"row 6 (changed) does not match its signature"}},
		"rows are missing":           {func(f *collaboration.AuditFile) { f.Rows = f.Rows[:4]; rehash(f) }, []anchor.SignedHead{head(original, 6)}, []string{"is of row 6, but the audit has 4 rows"}},
		"rows are missing, no head":  {func(f *collaboration.AuditFile) { f.Rows = f.Rows[:4]; rehash(f) }, []anchor.SignedHead{head(original, 4)}, nil},
		"head of another activation": {nil, []anchor.SignedHead{other}, []string{"is of the activation cccc"}},
		"forged head":                {nil, []anchor.SignedHead{{Activation: id, Sequence: 2, Hash: original.Rows[2].Hash, KeyID: original.Rows[2].KeyID, Signature: original.Rows[2].Signature}}, []string{"the signed head of row 2 does not match its signature"}},
	} {
		t.Run(name, func(t *testing.T) {
			file := signed(t, 6)
			if tt.change != nil {
				tt.change(&file)
			}
			verifyChain(t, file)
			err := anchor.Check(file, keys, tt.heads...)
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("got %v", err)
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}
		})
	}
}

// The text of a head survives mail programs, PDF viewers and JSON.
func TestFind(t *testing.T) {
	t.Parallel()
	file := signed(t, 12)
	head, last := anchor.Of(id, file.Rows[0]), anchor.Of(id, file.Rows[11])
	text := head.String()
	wrapped := func(width int, end string) (lines string) {
		for rest := text; rest != ""; {
			n := min(width, len(rest))
			lines, rest = lines+rest[:n]+end, rest[n:]
		}
		return lines
	}
	for name, tt := range map[string]struct {
		text string
		want []anchor.SignedHead
	}{
		"alone":            {text, []anchor.SignedHead{head}},
		"in a sentence":    {"Signed entry: " + text + "\n\nFooter", []anchor.SignedHead{head}},
		"JSON":             {`{"data":{"signed_head":"` + text + `"}}`, []anchor.SignedHead{head}},
		"wrapped":          {"> " + wrapped(60, "\r\n") + "\r\nkind regards", []anchor.SignedHead{head}},
		"quoted-printable": {wrapped(75, "=\r\n"), []anchor.SignedHead{head}},
		"PDF":              {"%PDF-1.7\n\xff\xfe<dc:subject>" + text + "</dc:subject>", []anchor.SignedHead{head}},
		"two":              {text + "\n" + last.String() + "\n", []anchor.SignedHead{head, last}},
		"none":             {"countersign-head-1." + string(id) + ".1", nil},
		"cut off":          {text[:len(text)-1], nil},
		"row 0":            {strings.Replace(text, ".1.", ".0.", 1), nil},
	} {
		if got := anchor.Find([]byte(tt.text)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

// Every changed character of a head is detected.
func TestVerify_RejectsModifiedHead(t *testing.T) {
	t.Parallel()
	head := anchor.Of(id, signed(t, 1).Rows[0])
	if err := head.Verify(keys); err != nil {
		t.Fatal(err)
	}
	text := head.String()
	found := 0
	for i := range len(text) {
		for _, other := range []byte("0a1bA_-") {
			forged := []byte(text)
			if forged[i] == other {
				continue
			}
			forged[i] = other
			for _, h := range anchor.Find(forged) {
				found++
				if err := h.Verify(keys); err == nil {
					t.Errorf("byte %d: %s is accepted", i, forged)
				}
			}
		}
	}
	if found < len(text) {
		t.Errorf("only %d forged heads were read", found)
	}
	if (anchor.SignedHead{Activation: id, Sequence: 1}).String() != "" {
		t.Error("a head without a signature has a text")
	}
}

// The key and the thumbprint are the example of RFC 8037.
func TestKeys_AreJWKSet(t *testing.T) {
	t.Parallel()
	const x, thumbprint = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	key, err := base64.RawURLEncoding.DecodeString(x)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := json.Marshal(anchor.Keys{key})
	if want := `{"keys":[{"kty":"OKP","crv":"Ed25519","x":"` + x + `","kid":"` + thumbprint + `","use":"sig","alg":"EdDSA"}]}`; err != nil || string(encoded) != want {
		t.Errorf("got %s, %v", encoded, err)
	}
	var read anchor.Keys
	if err := json.Unmarshal(encoded, &read); err != nil || len(read) != 1 || !read[0].Equal(ed25519.PublicKey(key)) {
		t.Errorf("read %v, %v", read, err)
	}
	for name, text := range map[string]string{
		"no key": `{"keys":[]}`, "another curve": strings.Replace(string(encoded), "Ed25519", "Ed448", 1), "a short key": strings.Replace(string(encoded), x, "abc", 1),
	} {
		if err := json.Unmarshal([]byte(text), &read); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
