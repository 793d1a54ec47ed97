package logo

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	_ "image/jpeg" // the decoder
	_ "image/png"  // the decoder

	"countersign/collaboration"
)

// The bounds of a logo: its bytes, and each side in pixels. The pixels bound the memory of
// the decoder. A mail contains the logo, so its size counts for each mail.
const (
	MaxBytes = 256 << 10
	MinSide  = 16
	MaxSide  = 1024
)

// types are the media types of the formats. Other formats are rejected; SVG can contain scripts.
var types = map[string]string{"png": "image/png", "jpeg": "image/jpeg"}

// New returns the logo in a file. The content decides the format, not the file's name or its
// declared media type. The error has CodeLogoTooLarge, CodeLogoFormat, CodeLogoDimensions or
// CodeLogoDamaged.
func New(content []byte) (collaboration.Logo, error) {
	if len(content) > MaxBytes {
		return collaboration.Logo{}, &collaboration.Error{Code: collaboration.CodeLogoTooLarge}
	}
	size, format, err := image.DecodeConfig(bytes.NewReader(content))
	mediaType, supported := types[format]
	if err != nil || !supported {
		return collaboration.Logo{}, &collaboration.Error{Code: collaboration.CodeLogoFormat, Cause: err}
	}
	// Before the image is decoded: a small file can have an image of many gigabytes.
	if min(size.Width, size.Height) < MinSide || max(size.Width, size.Height) > MaxSide {
		return collaboration.Logo{}, &collaboration.Error{Code: collaboration.CodeLogoDimensions}
	}
	if _, _, err := image.Decode(bytes.NewReader(content)); err != nil {
		return collaboration.Logo{}, &collaboration.Error{Code: collaboration.CodeLogoDamaged, Cause: err}
	}
	sum := sha256.Sum256(content)
	return collaboration.Logo{Digest: hex.EncodeToString(sum[:16]), ContentType: mediaType, Width: size.Width, Height: size.Height, Content: content}, nil
}
