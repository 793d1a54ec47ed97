package page

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// The notice of a redirect is kept in a cookie of its own, which is as protected as the
// session's. No link can show a notice, and a visitor without a session gets one, too.
const (
	noticeSuffix   = "-notice"
	noticeLifetime = 5 * time.Minute
)

// notice is the text "note.<Note>", for the page with a path.
type notice struct{ Path, Note string }

// RedirectWithNotice is Redirect to a page that shows the text "note.<note>" once.
func (c *Context) RedirectWithNotice(path, note string) error {
	page, err := url.Parse(path)
	if err != nil {
		return err
	}
	raw, _ := json.Marshal(notice{page.Path, note}) // strings only: marshalling cannot fail
	setNotice(c, base64.RawURLEncoding.EncodeToString(raw), int(noticeLifetime.Seconds()))
	return c.Redirect(path)
}

// Noticed reports whether the page was opened by a redirect with a notice.
func (c *Context) Noticed(note string) bool { return c.notice == note }

// KeepNotice shows the notice again when the page is loaded again.
func (c *Context) KeepNotice() { c.keepsNotice = true }

// readNotice reads the notice of this page.
func readNotice(c *Context) {
	cookie, err := c.gin.Request.Cookie(c.kit.config.Sessions.Cookie.Name + noticeSuffix)
	if err != nil || c.gin.Request.Method != http.MethodGet {
		return
	}
	raw, err := base64.RawURLEncoding.DecodeString(cookie.Value)
	var n notice
	if err == nil && json.Unmarshal(raw, &n) == nil && n.Path == c.gin.Request.URL.Path {
		c.notice = n.Note
	}
}

// endNotice removes the notice that the response shows.
func endNotice(c *Context) {
	if c.notice != "" && !c.keepsNotice {
		setNotice(c, "", -1)
	}
}

func setNotice(c *Context, value string, maxAge int) {
	setCookie(c.gin.Writer, c.kit.config.Sessions.Cookie, noticeSuffix, value, maxAge)
}
