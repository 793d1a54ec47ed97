package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"countersign/collaboration"
)

// The approval form proves that it was filled in on our page: the cookie and
// the hidden token belong together, to this link, and to this form's nonce,
// which is also the decision's id. A page elsewhere can neither read the
// cookie nor make the token.

func (s *Server) secureCookies() bool { return !strings.HasPrefix(s.PublicURL, "http://") }

func (s *Server) cookieName() string {
	if s.secureCookies() {
		return "__Host-countersign-form"
	}
	return "countersign-form"
}

// formCookie is the visitor's, or a new one.
func (s *Server) formCookie(c *gin.Context) string {
	if value, ok := s.sentCookie(c); ok {
		return value
	}
	value := rand.Text()
	http.SetCookie(c.Writer, &http.Cookie{Name: s.cookieName(), Value: value, Path: "/", HttpOnly: true,
		Secure: s.secureCookies(), SameSite: http.SameSiteStrictMode})
	return value
}

func (s *Server) sentCookie(c *gin.Context) (string, bool) {
	cookie, err := c.Request.Cookie(s.cookieName())
	if err != nil || len(cookie.Value) != len(rand.Text()) {
		return "", false
	}
	return cookie.Value, true
}

func (s *Server) formToken(link, cookie, nonce string) string {
	mac := hmac.New(sha256.New, s.FormKey)
	mac.Write([]byte("approval form\x00" + link + "\x00" + cookie + "\x00" + nonce))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// checkForm refuses a form that our page did not make for this visitor.
func (s *Server) checkForm(c *gin.Context, link string) error {
	cookie, ok := s.sentCookie(c)
	nonce, token := c.PostForm("nonce"), c.PostForm("token")
	if !ok || len(nonce) != len(rand.Text()) || !hmac.Equal([]byte(token), []byte(s.formToken(link, cookie, nonce))) {
		return &collaboration.Error{Code: collaboration.CodeForgedForm}
	}
	return nil
}
