package codec_test

import (
	"testing"

	"go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
)

// FuzzDecode checks that only a payload that Encode returned is decrypted.
func FuzzDecode(f *testing.F) {
	c := newCodec(f, newSQLiteStore(f), first)
	valid := encrypt(f, c, payload(`"moa@kund.example"`))[0]
	f.Add("binary/encrypted", keyID(valid), valid.Data)
	f.Add("binary/encrypted", keyID(valid), []byte("short"))
	f.Add("binary/encrypted", "no such key", valid.Data)
	f.Add("json/plain", "", []byte(`"x"`))
	f.Fuzz(func(t *testing.T, encoding, key string, data []byte) {
		in := &common.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding), "encryption-key-id": []byte(key)}, Data: data}
		out, err := c.Decode([]*common.Payload{in})
		if err != nil || proto.Equal(out[0], in) {
			return
		}
		if !proto.Equal(in, valid) || string(out[0].Data) != `"moa@kund.example"` {
			t.Errorf("%v was decrypted to %v", in, out[0])
		}
	})
}
