package codec_test

import (
	"testing"

	"go.temporal.io/api/common/v1"
	"google.golang.org/protobuf/proto"
)

// Whatever claims to be encrypted is opened only where it is what was sealed.
func FuzzDecode(f *testing.F) {
	c := newCodec(f, onSQLite(f), first)
	good := sealed(f, c, payload(`"moa@kund.example"`))[0]
	f.Add("binary/encrypted", keyOf(good), good.Data)
	f.Add("binary/encrypted", keyOf(good), []byte("short"))
	f.Add("binary/encrypted", "no such key", good.Data)
	f.Add("json/plain", "", []byte(`"x"`))
	f.Fuzz(func(t *testing.T, encoding, key string, data []byte) {
		in := &common.Payload{Metadata: map[string][]byte{"encoding": []byte(encoding), "encryption-key-id": []byte(key)}, Data: data}
		out, err := c.Decode([]*common.Payload{in})
		if err != nil || proto.Equal(out[0], in) {
			return
		}
		if !proto.Equal(in, good) || string(out[0].Data) != `"moa@kund.example"` {
			t.Errorf("%v was opened as %v", in, out[0])
		}
	})
}
