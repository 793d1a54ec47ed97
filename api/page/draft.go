package page

import "net/url"

// maxDraft is the largest form, in bytes, that is stored in an anonymous session.
// All forms of the pages are smaller.
const maxDraft = 8 << 10

// draft is a form that was posted without a valid login. After the login the page
// renders it filled in; the user sends it again.
type draft struct {
	Path   string
	Values url.Values
}

// storeDraft stores the posted form in the session. It stores no upload: a session
// must stay small, and a file can be chosen again.
func (c *Context) storeDraft() error {
	if c.maxUpload > 0 {
		return nil
	}
	values := c.gin.Request.PostForm
	values.Del("token")
	if c.Person == nil && len(values.Encode()) > maxDraft {
		return nil
	}
	return c.put(sessionDraft, draft{c.gin.Request.URL.Path, values})
}

// restoreDraft moves the draft of this page from the session to the context.
func (c *Context) restoreDraft() {
	sessions := c.kit.config.Sessions
	d, ok := sessions.Get(c.Context(), sessionDraft).(draft)
	if ok && c.Person != nil && d.Path == c.gin.Request.URL.Path {
		sessions.Remove(c.Context(), sessionDraft)
		c.mustStore = true
		c.draft = d.Values
	}
}

// KeepDraft moves a restored draft back to the session, for a page that does not
// show its form to this user.
func (c *Context) KeepDraft() {
	if c.draft != nil {
		c.kit.config.Sessions.Put(c.Context(), sessionDraft, draft{c.gin.Request.URL.Path, c.draft})
		c.draft = nil
	}
}
