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
)

var (
	_     converter.PayloadCodec = (*codec.Codec)(nil)
	first                        = codec.MasterKey{ID: "2026-01", Key: bytes.Repeat([]byte{1}, 32)}
	next                         = codec.MasterKey{ID: "2027-01", Key: bytes.Repeat([]byte{2}, 32)}
)

// keys is a store that counts, and fails when it is told to.
type keys struct {
	codec.Store
	mu    sync.Mutex
	asked int
	fails error
}

func (k *keys) count() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	return k.fails
}

func (k *keys) DataKey(ctx context.Context, id string) (store.DataKey, bool, error) {
	if err := k.count(); err != nil {
		return store.DataKey{}, false, err
	}
	return k.Store.DataKey(ctx, id)
}

func (k *keys) DataKeyOf(ctx context.Context, subject string) (store.DataKey, bool, error) {
	if err := k.count(); err != nil {
		return store.DataKey{}, false, err
	}
	return k.Store.DataKeyOf(ctx, subject)
}

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func onSQLite(t testing.TB) *store.Store {
	return openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "facts.db"))
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
	return &common.Payload{Metadata: map[string][]byte{"encoding": []byte("json/plain"), "more": []byte("Moa")}, Data: []byte(text)}
}

func sealed(t testing.TB, c *codec.Codec, payloads ...*common.Payload) []*common.Payload {
	t.Helper()
	out, err := c.Encode(payloads)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestNothingOfAPayloadIsReadable(t *testing.T) {
	c := newCodec(t, onSQLite(t), first)
	in := []*common.Payload{payload(`"moa@kund.example"`), payload(""), {}}
	out := sealed(t, c, in...)
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
			t.Errorf("payload %d came back as %v", i, back[i])
		}
	}
	if again := sealed(t, c, out[0]); !proto.Equal(again[0], out[0]) {
		t.Error("what was sealed was sealed again")
	}
}

func TestTheSameNeverLooksTheSame(t *testing.T) {
	c := newCodec(t, onSQLite(t), first)
	seen := map[string]bool{}
	for range 5000 {
		nonce := string(sealed(t, c, payload("x"))[0].Data[:12])
		if seen[nonce] {
			t.Fatal("a nonce was used twice")
		}
		seen[nonce] = true
	}
}

// Whatever is changed: it is refused, or stays what nobody can read.
func TestWhatWasChangedIsNotOpened(t *testing.T) {
	c := newCodec(t, onSQLite(t), first)
	good := sealed(t, c, payload(`"moa@kund.example"`))[0]
	refused := func(t *testing.T, changed *common.Payload, want bool) {
		t.Helper()
		out, err := c.Decode([]*common.Payload{changed})
		if (err != nil) != want || err == nil && !proto.Equal(out[0], changed) {
			t.Errorf("%v %v", out, err)
		}
	}
	for i := range good.Data {
		changed := proto.CloneOf(good)
		changed.Data[i] ^= 1
		refused(t, changed, true)
	}
	for n := range good.Data {
		changed := proto.CloneOf(good)
		changed.Data = changed.Data[:n]
		refused(t, changed, true)
	}
	for name, value := range good.Metadata {
		for i := range value {
			changed := proto.CloneOf(good)
			changed.Metadata[name][i] ^= 1
			refused(t, changed, false)
		}
	}
}

// wrapping is the format of what is in the database.
func wrapping(t *testing.T, k store.DataKey) (aead cipher.AEAD, bound []byte) {
	t.Helper()
	block, err := aes.NewCipher(first.Key)
	must(t, err)
	aead, err = cipher.NewGCMWithRandomNonce(block)
	must(t, err)
	return aead, []byte("countersign data key 1\x00" + k.ID + "\x00" + k.Subject + "\x00" + k.CustomerID + "\x00" + k.MasterID)
}

// A payload of one key does not open as another's, not even where the two are the
// same.
func TestAPayloadIsBoundToItsKey(t *testing.T) {
	s := onSQLite(t)
	c := newCodec(t, s, first)
	moved := proto.CloneOf(sealed(t, c, payload("x"))[0])
	k, _, err := s.DataKeyOf(t.Context(), "")
	must(t, err)
	aead, bound := wrapping(t, k)
	secret, err := aead.Open(nil, nil, k.Wrapped, bound)
	must(t, err)
	k.ID, k.Subject = strings.Repeat("a", 26), "another"
	_, bound = wrapping(t, k)
	k.Wrapped = aead.Seal(nil, nil, secret, bound)
	_, err = s.AddDataKey(t.Context(), k)
	must(t, err)
	moved.Metadata["encryption-key-id"] = []byte(k.ID)
	if _, err := c.Decode([]*common.Payload{moved}); err == nil || !strings.Contains(err.Error(), "was changed: data key "+k.ID) {
		t.Errorf("the same key under another id: %v", err)
	}
}

// A data key that was moved in the database is nobody's.
func TestADataKeyIsBoundToItsPlace(t *testing.T) {
	for name, move := range map[string]func(*store.DataKey){
		"nowhere":          func(*store.DataKey) {},
		"another id":       func(k *store.DataKey) { k.ID = strings.Repeat("a", 26) },
		"another subject":  func(k *store.DataKey) { k.Subject = "another" },
		"another customer": func(k *store.DataKey) { k.CustomerID = "c-1002" },
		"another master":   func(k *store.DataKey) { k.MasterID = "alias" },
		"another key":      func(k *store.DataKey) { k.Wrapped[20] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			s, there := onSQLite(t), onSQLite(t)
			e := startEngine(t)
			id, key := e.start(t, e.client(t, newCodec(t, s, first)), "c-1001")
			k, _, err := s.DataKey(t.Context(), key)
			must(t, err)
			move(&k)
			_, err = there.AddDataKey(t.Context(), k)
			must(t, err)
			err = newCodec(t, there, first, codec.MasterKey{ID: "alias", Key: first.Key}).Check(t.Context())
			if (err == nil) != (name == "nowhere") || err != nil && !strings.Contains(err.Error(), k.ID) {
				t.Errorf("%s: %v", id, err)
			}
		})
	}
}

func TestKeysThatAreNotAtHand(t *testing.T) {
	s := onSQLite(t)
	good := sealed(t, newCodec(t, s, first), payload("x"))
	k, _, _ := s.DataKeyOf(t.Context(), "")

	down := errors.New("the database is away")
	if _, err := newCodec(t, &keys{Store: s, fails: down}, first).Decode(good); !errors.Is(err, down) {
		t.Errorf("without the database: %v", err)
	}
	if _, err := newCodec(t, s, next).Decode(good); err == nil || !strings.Contains(err.Error(), k.ID) || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("without the master key: %v", err)
	}
	impostor := codec.MasterKey{ID: first.ID, Key: next.Key}
	if _, err := newCodec(t, s, impostor).Decode(good); err == nil || !strings.Contains(err.Error(), k.ID) {
		t.Errorf("with another master key of the same name: %v", err)
	}
	if err := newCodec(t, s, impostor).Check(t.Context()); err == nil || !strings.Contains(err.Error(), first.ID) {
		t.Errorf("checked: %v", err)
	}
	if err := newCodec(t, s, next, first).Check(t.Context()); err != nil {
		t.Errorf("checked with both: %v", err)
	}
	elsewhere := newCodec(t, onSQLite(t), first) // where the key never was
	if out, err := elsewhere.Decode(good); err != nil || !proto.Equal(out[0], good[0]) {
		t.Errorf("without the data key: %v %v", out, err)
	}
	plain := payload("x")
	if out, err := elsewhere.Decode([]*common.Payload{plain}); err != nil || out[0] != plain {
		t.Errorf("unencrypted: %v %v", out, err)
	}
}

func TestAKeyIsLookedUpOnce(t *testing.T) {
	k := &keys{Store: onSQLite(t)}
	many := sealed(t, newCodec(t, k, first), slices.Repeat([]*common.Payload{payload("x")}, 100)...)
	if k.asked != 1 {
		t.Errorf("to seal, it was asked for %d times", k.asked)
	}
	k.asked = 0
	c := newCodec(t, k, first)
	for range 10 {
		if _, err := c.Decode(many); err != nil {
			t.Fatal(err)
		}
	}
	if k.asked != 1 {
		t.Errorf("to open, it was asked for %d times", k.asked)
	}
}

func TestTwoAtOnceEndWithOneKey(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "facts.db"), "postgres": servertest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, url)
			ids := make([]string, 16)
			var working sync.WaitGroup
			for i := range ids {
				working.Go(func() {
					out, err := newCodec(t, s, first).Encode([]*common.Payload{payload("x")})
					if err != nil {
						t.Error(err)
						return
					}
					ids[i] = string(out[0].Metadata["encryption-key-id"])
				})
			}
			working.Wait()
			if slices.Sort(ids); ids[0] == "" || len(slices.Compact(ids)) != 1 {
				t.Errorf("keys %v", ids)
			}
		})
	}
}

func TestMasterKeysThatWouldNotDo(t *testing.T) {
	for name, bad := range map[string][]codec.MasterKey{
		"none":      nil,
		"too short": {{ID: "a", Key: make([]byte, 16)}},
		"two alike": {first, {ID: first.ID, Key: next.Key}},
	} {
		if _, err := codec.New(nil, bad...); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Each step of a rotation reads what was written before, and nothing is lost
// with the old key.
func TestRotation(t *testing.T) {
	for name, url := range map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "facts.db"), "postgres": servertest.Postgres(t)} {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, url)
			old := newCodec(t, s, first)
			good := sealed(t, old, payload("x"))
			e := startEngine(t)
			const customers = 250 // more than are read at once
			for n := range customers {
				e.start(t, e.client(t, old), fmt.Sprint("c-", n))
			}
			both := newCodec(t, s, next, first)
			opens := func(c *codec.Codec) {
				t.Helper()
				if out, err := c.Decode(good); err != nil || string(out[0].Data) != "x" {
					t.Errorf("%v %v", out, err)
				}
			}
			opens(newCodec(t, s, first, next)) // added at the end
			opens(both)                        // moved to the front
			if n, err := newCodec(t, s, next).Rotate(t.Context()); n != 0 || err == nil || !strings.HasPrefix(err.Error(), "251 data keys are left") || !strings.Contains(err.Error(), first.ID) {
				t.Errorf("rotated too early: %d %v", n, err)
			}
			if n, err := both.Rotate(t.Context()); n != customers+1 || err != nil {
				t.Errorf("rewrapped %d, %v", n, err)
			}
			if n, err := both.Rotate(t.Context()); n != 0 || err != nil {
				t.Errorf("again: rewrapped %d, %v", n, err)
			}
			opens(newCodec(t, s, next)) // the old one is gone
			opens(old)                  // knows the data key
			if _, err := newCodec(t, s, first).Decode(good); collaboration.CodeOf(err) != collaboration.CodeInternal {
				t.Errorf("the old one opens it: %v", err)
			}
		})
	}
}
