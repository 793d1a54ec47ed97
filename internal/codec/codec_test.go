package codec_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"countersign/collaboration"
	"countersign/internal/codec"
	"countersign/internal/servertest"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
)

var (
	_     converter.PayloadCodec = (*codec.Codec)(nil)
	first                        = codec.MasterKey{ID: "2026-01", Key: bytes.Repeat([]byte{1}, 32)}
	next                         = codec.MasterKey{ID: "2027-01", Key: bytes.Repeat([]byte{2}, 32)}
)

// recordingStore counts key lookups. It fails them if err is set.
type recordingStore struct {
	codec.Store
	mu       sync.Mutex
	lookups  int
	onLookup func(lookups int)
	err      error
}

func (k *recordingStore) count() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lookups++
	if k.onLookup != nil {
		k.onLookup(k.lookups)
	}
	return k.err
}

func (k *recordingStore) DataKey(ctx context.Context, id string) (store.DataKey, bool, error) {
	if err := k.count(); err != nil {
		return store.DataKey{}, false, err
	}
	return k.Store.DataKey(ctx, id)
}

func (k *recordingStore) DataKeyOf(ctx context.Context, subject string) (store.DataKey, bool, error) {
	if err := k.count(); err != nil {
		return store.DataKey{}, false, err
	}
	return k.Store.DataKeyOf(ctx, subject)
}

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	if err := storetest.Create(t.Context(), servertest.As(url, servertest.Owner)); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func newSQLiteStore(t testing.TB) *store.Store {
	return openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "store.db"))
}

func newCodec(t testing.TB, s codec.Store, masters ...codec.MasterKey) *codec.Codec {
	t.Helper()
	c, err := codec.New(s, masters...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func payload(text string) *common.Payload {
	return &common.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain"), "more": []byte("Moa Lindqvist")}, Data: []byte(text)}
}

func encrypt(t testing.TB, c *codec.Codec, payloads ...*common.Payload) []*common.Payload {
	t.Helper()
	out, err := c.Encode(payloads)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestEncode_HidesWholePayload(t *testing.T) {
	t.Parallel()
	c := newCodec(t, newSQLiteStore(t), first)
	in := []*common.Payload{payload(`"moa@kund.example"`), payload(""), {}}
	out := encrypt(t, c, in...)
	for i, p := range out {
		names := slices.Sorted(maps.Keys(p.Metadata))
		if !slices.Equal(names, []string{"encoding", "encryption-key-id"}) || string(p.Metadata["encoding"]) != "binary/encrypted" || bytes.Contains(p.Data, []byte("oa")) {
			t.Errorf("payload %d: %v", i, p)
		}
	}
	back, err := c.Decode(out)
	if err != nil {
		t.Fatal(err)
	}
	for i := range in {
		if !proto.Equal(back[i], in[i]) {
			t.Errorf("payload %d was decrypted to %v", i, back[i])
		}
	}
	if again := encrypt(t, c, out[0]); !proto.Equal(again[0], out[0]) {
		t.Error("an encrypted payload was encrypted again")
	}
}

func TestEncode_NeverReusesNonce(t *testing.T) {
	t.Parallel()
	c := newCodec(t, newSQLiteStore(t), first)
	seen := map[string]bool{}
	for range 5000 {
		nonce := string(encrypt(t, c, payload("x"))[0].Data[:12])
		if seen[nonce] {
			t.Fatal("a nonce was used twice")
		}
		seen[nonce] = true
	}
}

// A modified payload is rejected or stays encrypted.
func TestDecode_RejectsModifiedPayload(t *testing.T) {
	t.Parallel()
	c := newCodec(t, newSQLiteStore(t), first)
	valid := encrypt(t, c, payload(`"moa@kund.example"`))[0]
	decode := func(t *testing.T, modified *common.Payload, wantErr bool) {
		t.Helper()
		out, err := c.Decode([]*common.Payload{modified})
		if (err != nil) != wantErr || err == nil && !proto.Equal(out[0], modified) {
			t.Errorf("%v %v", out, err)
		}
	}
	for i := range valid.Data {
		modified := proto.CloneOf(valid)
		modified.Data[i] ^= 1
		decode(t, modified, true)
	}
	for n := range valid.Data {
		modified := proto.CloneOf(valid)
		modified.Data = modified.Data[:n]
		decode(t, modified, true)
	}
	for name, value := range valid.Metadata {
		for i := range value {
			modified := proto.CloneOf(valid)
			modified.Metadata[name][i] ^= 1
			decode(t, modified, false)
		}
	}
}

// wrapping returns the format of a data key in the database.
func wrapping(t *testing.T, k store.DataKey) (aead cipher.AEAD, additionalData []byte) {
	t.Helper()
	block, err := aes.NewCipher(first.Key)
	must(t, err)
	aead, err = cipher.NewGCMWithRandomNonce(block)
	must(t, err)
	return aead, []byte("countersign data key 1\x00" + k.ID + "\x00" + k.Subject + "\x00" + k.CustomerID + "\x00" + k.MasterID)
}

// A payload does not decrypt under the ID of another data key, even if both have the
// same bytes.
func TestDecode_BindsPayloadToKeyID(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	c := newCodec(t, s, first)
	moved := proto.CloneOf(encrypt(t, c, payload("x"))[0])
	k, _, err := s.DataKeyOf(t.Context(), "")
	must(t, err)
	aead, additionalData := wrapping(t, k)
	secret, err := aead.Open(nil, nil, k.Wrapped, additionalData)
	must(t, err)
	k.ID, k.Subject, k.CustomerID = strings.Repeat("a", 26), "another", "c-1001"
	_, additionalData = wrapping(t, k)
	k.Wrapped = aead.Seal(nil, nil, secret, additionalData)
	_, err = s.AddDataKey(t.Context(), k)
	must(t, err)
	moved.Metadata["encryption-key-id"] = []byte(k.ID)
	if _, err := c.Decode([]*common.Payload{moved}); err == nil || !strings.Contains(err.Error(), "was modified: data key "+k.ID) {
		t.Errorf("the same key under another id: %v", err)
	}
}

// A data key that was moved to another row does not unwrap.
func TestCheck_RejectsMovedDataKey(t *testing.T) {
	t.Parallel()
	for name, move := range map[string]func(*store.DataKey){
		"unchanged":        func(*store.DataKey) {},
		"another id":       func(k *store.DataKey) { k.ID = strings.Repeat("a", 26) },
		"another subject":  func(k *store.DataKey) { k.Subject = "another" },
		"another customer": func(k *store.DataKey) { k.CustomerID = "c-1002" },
		"another master":   func(k *store.DataKey) { k.MasterID = "alias" },
		"another key":      func(k *store.DataKey) { k.Wrapped[20] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			s, copied := newSQLiteStore(t), newSQLiteStore(t)
			e := startFakeTemporal(t)
			id, key := e.start(t, e.client(t, newCodec(t, s, first)), "c-1001")
			k, _, err := s.DataKey(t.Context(), key)
			must(t, err)
			move(&k)
			_, err = copied.AddDataKey(t.Context(), k)
			must(t, err)
			err = newCodec(t, copied, first, codec.MasterKey{ID: "alias", Key: first.Key}).Check(t.Context())
			if (err == nil) != (name == "unchanged") || err != nil && !strings.Contains(err.Error(), k.ID) {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
}

func TestDecode_WithoutKey(t *testing.T) {
	t.Parallel()
	s := newSQLiteStore(t)
	encrypted := encrypt(t, newCodec(t, s, first), payload("x"))
	k, _, _ := s.DataKeyOf(t.Context(), "")

	down := errors.New("the database is down")
	if _, err := newCodec(t, &recordingStore{Store: s, err: down}, first).Decode(encrypted); !errors.Is(err, down) {
		t.Errorf("without the database: %v", err)
	}
	if _, err := newCodec(t, s, next).Decode(encrypted); err == nil || !strings.Contains(err.Error(), k.ID) || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("without the master key: %v", err)
	}
	sameID := codec.MasterKey{ID: first.ID, Key: next.Key}
	if _, err := newCodec(t, s, sameID).Decode(encrypted); err == nil || !strings.Contains(err.Error(), k.ID) {
		t.Errorf("with another master key of the same ID: %v", err)
	}
	if err := newCodec(t, s, sameID).Check(t.Context()); err == nil || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("Check: %v", err)
	}
	if err := newCodec(t, s, next, first).Check(t.Context()); err != nil {
		t.Errorf("Check with both keys: %v", err)
	}
	otherDatabase := newCodec(t, newSQLiteStore(t), first)
	if out, err := otherDatabase.Decode(encrypted); err != nil || !proto.Equal(out[0], encrypted[0]) {
		t.Errorf("without the data key: %v %v", out, err)
	}
	plain := payload("x")
	if out, err := otherDatabase.Decode([]*common.Payload{plain}); err != nil || out[0] != plain {
		t.Errorf("unencrypted: %v %v", out, err)
	}
}

func TestCodec_CachesKeys(t *testing.T) {
	t.Parallel()
	k := &recordingStore{Store: newSQLiteStore(t)}
	many := encrypt(t, newCodec(t, k, first), slices.Repeat([]*common.Payload{payload("x")}, 100)...)
	if k.lookups != 1 {
		t.Errorf("Encode looked the key up %d times", k.lookups)
	}
	k.lookups = 0
	c := newCodec(t, k, first)
	for range 10 {
		if _, err := c.Decode(many); err != nil {
			t.Fatal(err)
		}
	}
	if k.lookups != 1 {
		t.Errorf("Decode looked the key up %d times", k.lookups)
	}
}

func TestEncode_ConcurrentlyCreatesOneKey(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "store.db"), "postgres": servertest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, url)
			ids := make([]string, 16)
			var wg sync.WaitGroup
			for i := range ids {
				wg.Go(func() {
					out, err := newCodec(t, s, first).Encode([]*common.Payload{payload("x")})
					if err != nil {
						t.Error(err)
						return
					}
					ids[i] = string(out[0].Metadata["encryption-key-id"])
				})
			}
			wg.Wait()
			if slices.Sort(ids); ids[0] == "" || len(slices.Compact(ids)) != 1 {
				t.Errorf("keys %v", ids)
			}
		})
	}
}

func TestNew_RejectsInvalidMasterKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]codec.MasterKey{
		"none":         nil,
		"too short":    {{ID: "a", Key: make([]byte, 16)}},
		"duplicate ID": {first, {ID: first.ID, Key: next.Key}},
	} {
		if _, err := codec.New(nil, keys...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// Every step of a rotation can decrypt older payloads, and after it the old master key
// is not needed.
func TestRotate_KeepsPayloadsReadable(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "store.db"), "postgres": servertest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, url)
			old := newCodec(t, s, first)
			encrypted := encrypt(t, old, payload("x"))
			e := startFakeTemporal(t)
			const customers = 250 // more than one query returns
			for n := range customers {
				e.start(t, e.client(t, old), fmt.Sprint("c-", n))
			}
			both := newCodec(t, s, next, first)
			wantReadable := func(c *codec.Codec) {
				t.Helper()
				if out, err := c.Decode(encrypted); err != nil || string(out[0].Data) != "x" {
					t.Errorf("%v %v", out, err)
				}
			}
			wantReadable(newCodec(t, s, first, next)) // added at the end
			wantReadable(both)                        // moved to the front
			if n, err := newCodec(t, s, next).Rotate(t.Context()); n != 0 || err == nil || !strings.HasPrefix(err.Error(), "251 data keys could not be rewrapped") || !strings.Contains(err.Error(), first.ID) {
				t.Errorf("without the old key: %d %v", n, err)
			}
			if n, err := both.Rotate(t.Context()); n != customers+1 || err != nil {
				t.Errorf("rewrapped %d, %v", n, err)
			}
			if n, err := both.Rotate(t.Context()); n != 0 || err != nil {
				t.Errorf("second rotation: rewrapped %d, %v", n, err)
			}
			wantReadable(newCodec(t, s, next))
			wantReadable(old) // has the data key in its cache
			if _, err := newCodec(t, s, first).Decode(encrypted); collaboration.CodeOf(err) != collaboration.CodeInternal {
				t.Errorf("the old key still decrypts: %v", err)
			}
		})
	}
}
