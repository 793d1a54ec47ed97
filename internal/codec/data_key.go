package codec

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

const (
	encoding = "binary/encrypted"
	// keyIDField is the metadata field with the data key's ID.
	keyIDField = "encryption-key-id"
	// keySize is the size of an AES-256 key, for master keys and data keys.
	keySize = 32
)

var errModified = errors.New("an encrypted payload was modified")

// dataKey encrypts payloads. Nonces are random, so a key is safe for about 2³²
// payloads.
type dataKey struct {
	id string
	cipher.AEAD
}

// newAEAD returns an AES-GCM that prepends the nonce to the ciphertext.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// additionalData binds a payload to its key and to the version of the format.
func (k dataKey) additionalData() []byte { return []byte("countersign payload 1\x00" + k.id) }

func isEncrypted(p *common.Payload) bool {
	return string(p.GetMetadata()[converter.MetadataEncoding]) == encoding
}

// encrypt returns an encrypted payload unchanged: the SDK passes on payloads that it
// could not read.
func (k dataKey) encrypt(p *common.Payload) (*common.Payload, error) {
	if p == nil || isEncrypted(p) {
		return p, nil
	}
	plain, err := proto.Marshal(p)
	if err != nil {
		return nil, err
	}
	return &common.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encoding), keyIDField: []byte(k.id)},
		Data:     k.Seal(nil, nil, plain, k.additionalData()),
	}, nil
}

func (k dataKey) decrypt(p *common.Payload) (*common.Payload, error) {
	plain, err := k.Open(nil, nil, p.Data, k.additionalData())
	if err != nil {
		return nil, fmt.Errorf("%w: data key %s", errModified, k.id)
	}
	decrypted := &common.Payload{}
	return decrypted, proto.Unmarshal(plain, decrypted)
}
