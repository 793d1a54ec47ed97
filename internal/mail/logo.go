package mail

import (
	htmltemplate "html/template"
	"strings"

	"countersign/collaboration"
)

// logoID is the Content-ID of the logo. Mail programs show an image in the mail at once;
// many load one of another server only after a click, which also tells that server.
const logoID = "logo"

// logoName returns the name that mail programs show for the file.
func logoName(l collaboration.Logo) string {
	return "logo." + strings.TrimPrefix(l.ContentType, "image/")
}

// logoImage is the logo in the HTML. Outlook observes no maximum in a style, so the
// attributes have the size.
type logoImage struct {
	Source        htmltemplate.URL
	Office        string
	Width, Height int
}

// The largest size of a logo in a mail, in pixels.
const maxLogoWidth, maxLogoHeight = 240, 60

func newLogoImage(m collaboration.Mail) *logoImage {
	l := m.OfficeLogo
	if l == nil {
		return nil
	}
	width, height := l.Width, l.Height
	if width > maxLogoWidth {
		width, height = maxLogoWidth, max(1, height*maxLogoWidth/width)
	}
	if height > maxLogoHeight {
		width, height = max(1, width*maxLogoHeight/height), maxLogoHeight
	}
	return &logoImage{"cid:" + logoID, clean(m.OfficeName), width, height}
}
