package request

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// Digest identifies a credential or an address in the log to a reader with the key.
func Digest(key []byte, value string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(value))
	return hex.EncodeToString(mac.Sum(nil)[:8])
}
