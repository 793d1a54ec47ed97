package logo_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"countersign/collaboration"
	"countersign/collaboration/logo"
)

func picture(width, height int) *image.Paletted {
	return image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.White, color.Black})
}

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture(width, height)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(width, height), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gifOf(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, picture(32, 32), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// claiming returns a PNG with other dimensions in its header than in its data.
func claiming(t *testing.T, width, height uint32) []byte {
	t.Helper()
	file := pngOf(t, 32, 32)
	binary.BigEndian.PutUint32(file[16:], width)
	binary.BigEndian.PutUint32(file[20:], height)
	binary.BigEndian.PutUint32(file[29:], crc32.ChecksumIEEE(file[12:29]))
	return file
}

func TestNew_AcceptsPNGAndJPEG(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		file []byte
		want collaboration.Logo
	}{
		"png":      {pngOf(t, 200, 60), collaboration.Logo{ContentType: "image/png", Width: 200, Height: 60}},
		"jpeg":     {jpegOf(t, 60, 200), collaboration.Logo{ContentType: "image/jpeg", Width: 60, Height: 200}},
		"smallest": {pngOf(t, logo.MinSide, logo.MinSide), collaboration.Logo{ContentType: "image/png", Width: 16, Height: 16}},
		"largest":  {pngOf(t, logo.MaxSide, logo.MaxSide), collaboration.Logo{ContentType: "image/png", Width: 1024, Height: 1024}},
	} {
		got, err := logo.New(tt.file)
		if err != nil || got.ContentType != tt.want.ContentType || got.Width != tt.want.Width || got.Height != tt.want.Height || !bytes.Equal(got.Content, tt.file) || len(got.Digest) != 32 {
			t.Errorf("%s: %v, %s %s %d × %d", name, err, got.Digest, got.ContentType, got.Width, got.Height)
		}
	}
}

func TestNew_Rejects(t *testing.T) {
	t.Parallel()
	whole := pngOf(t, 200, 60)
	for name, tt := range map[string]struct {
		file []byte
		want collaboration.Code
	}{
		"empty":              {nil, collaboration.CodeLogoFormat},
		"SVG":                {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), collaboration.CodeLogoFormat},
		"GIF":                {gifOf(t), collaboration.CodeLogoFormat},
		"HTML":               {[]byte("<!doctype html><script>alert(1)</script>"), collaboration.CodeLogoFormat},
		"signature only":     {whole[:8], collaboration.CodeLogoFormat},
		"too many bytes":     {slices.Concat(whole, make([]byte, logo.MaxBytes)), collaboration.CodeLogoTooLarge},
		"too small":          {pngOf(t, 200, logo.MinSide-1), collaboration.CodeLogoDimensions},
		"too wide":           {pngOf(t, logo.MaxSide+1, 60), collaboration.CodeLogoDimensions},
		"too high":           {jpegOf(t, 60, logo.MaxSide+1), collaboration.CodeLogoDimensions},
		"decompression bomb": {claiming(t, 60_000, 60_000), collaboration.CodeLogoDimensions},
		"missing pixels":     {claiming(t, 900, 900), collaboration.CodeLogoDamaged},
		"truncated":          {whole[:len(whole)-20], collaboration.CodeLogoDamaged},
		"truncated JPEG":     {jpegOf(t, 200, 60)[:640], collaboration.CodeLogoDamaged},
	} {
		if _, err := logo.New(tt.file); collaboration.CodeOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}
