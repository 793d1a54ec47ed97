package page

import (
	"maps"
	"net/http"
	"net/url"

	"countersign/collaboration"
)

// maxDraft is the largest form, in bytes, that is stored in an anonymous session.
// All forms of the pages are smaller.
const maxDraft = 8 << 10

// draft is a posted form that is shown again: after a login, if it was posted without a
// valid one, or when the user leaves the page of its answer by Back or by the language.
type draft struct {
	Path   string
	Values url.Values
	// Answered is true if the form was posted with a valid login, or to change the language.
	Answered bool
}

// storeDraft stores the posted form in the session. It stores no upload: a session
// must stay small, and a file can be chosen again.
func storeDraft(c *Context, isAnswered bool) error {
	if c.maxUpload > 0 {
		return nil
	}
	values := c.gin.Request.PostForm
	values.Del("token")
	values.Del(localeField)
	if c.Person == nil && len(values.Encode()) > maxDraft {
		return nil
	}
	return c.put(sessionDraft, draft{c.gin.Request.URL.Path, values, isAnswered})
}

// changeLanguage shows the page in a language with the values of its form, which was posted
// for that alone: the user has not sent it yet.
func changeLanguage(c *Context, l collaboration.Locale) error {
	if err := storeDraft(c, true); err != nil {
		return err
	}
	to := *c.gin.Request.URL
	query := to.Query()
	query.Set(localeField, string(l))
	to.RawQuery = query.Encode()
	return c.Redirect(to.RequestURI())
}

// keepForm stores a form if the answer is a page instead of a redirect. The answer has the
// address of the form, so Back and the other language load the form anew. The form of a page
// with a new secret was accepted.
func keepForm(c *Context, status int) {
	if !c.isAnswering || c.Person == nil || c.maxUpload > 0 {
		return
	}
	if status == http.StatusCreated {
		endForm(c)
		return
	}
	values := maps.Clone(c.gin.Request.PostForm)
	if values.Del("token"); len(values) > 0 {
		c.kit.config.Sessions.Put(c.Context(), sessionDraft, draft{c.gin.Request.URL.Path, values, true})
	}
}

// endForm removes the draft of a form that was accepted.
func endForm(c *Context) {
	if !c.isAnswering {
		return
	}
	sessions := c.kit.config.Sessions
	if d, ok := sessions.Get(c.Context(), sessionDraft).(draft); ok && d.Path == c.gin.Request.URL.Path {
		sessions.Remove(c.Context(), sessionDraft)
	}
}

// restoreDraft moves the draft of this page from the session to the context. A change of the
// language leaves it in the session, because the user may change it again.
func restoreDraft(c *Context) {
	sessions := c.kit.config.Sessions
	d, ok := sessions.Get(c.Context(), sessionDraft).(draft)
	if !ok || c.Person == nil || d.Path != c.gin.Request.URL.Path {
		return
	}
	if c.Query(localeField) == "" {
		sessions.Remove(c.Context(), sessionDraft)
		c.mustStore = true
	}
	c.draft, c.isAnswered = d.Values, d.Answered
}

// KeepDraft moves a restored draft back to the session, for a page that does not
// show its form to this user.
func (c *Context) KeepDraft() {
	if c.draft != nil {
		c.kit.config.Sessions.Put(c.Context(), sessionDraft, draft{c.gin.Request.URL.Path, c.draft, c.isAnswered})
		c.draft = nil
	}
}
