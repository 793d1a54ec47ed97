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
	// keyField is the metadata that names the data key.
	keyField = "encryption-key-id"
	// keySize is AES-256's, of master keys and data keys.
	keySize = 32
)

// errChanged says that a payload is not what was sealed.
var errChanged = errors.New("an encrypted payload was changed")

// dataKey seals payloads. A nonce is random: a key is good for four billion.
type dataKey struct {
	id string
	cipher.AEAD
}

// newAEAD puts the nonce before what it seals.
func newAEAD(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// bound is what a payload is sealed with; another format has another name.
func (k dataKey) bound() []byte { return []byte("countersign payload 1\x00" + k.id) }

func encrypted(p *common.Payload) bool {
	return string(p.GetMetadata()[converter.MetadataEncoding]) == encoding
}

// seal leaves what is encrypted, by who passes on what it could not read.
func (k dataKey) seal(p *common.Payload) (*common.Payload, error) {
	if p == nil || encrypted(p) {
		return p, nil
	}
	plain, err := proto.Marshal(p)
	if err != nil {
		return nil, err
	}
	return &common.Payload{
		Metadata: map[string][]byte{converter.MetadataEncoding: []byte(encoding), keyField: []byte(k.id)},
		Data:     k.Seal(nil, nil, plain, k.bound()),
	}, nil
}

func (k dataKey) open(p *common.Payload) (*common.Payload, error) {
	plain, err := k.Open(nil, nil, p.Data, k.bound())
	if err != nil {
		return nil, fmt.Errorf("%w: data key %s", errChanged, k.id)
	}
	opened := &common.Payload{}
	return opened, proto.Unmarshal(plain, opened)
}
