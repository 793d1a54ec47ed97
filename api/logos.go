package api

import (
	"bytes"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/view"
	"countersign/internal/app/directory"
)

// mountLogos registers the images of the offices' logos. They need no login: a customer
// reads an invitation before the first login.
func (s *Server) mountLogos(logos *directory.Logos) {
	serve := func(c *gin.Context) {
		l, err := logos.ByDigest(c.Request.Context(), c.Param("digest"))
		if err != nil {
			s.writeError(c, err)
			return
		}
		h := c.Writer.Header()
		h.Set("Content-Type", l.ContentType)
		h.Set("Cache-Control", "private, max-age=86400")
		h.Set("ETag", `"`+l.Digest+`"`)
		http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(l.Content))
	}
	s.engine.GET(view.LogoPath+":digest", serve)
	s.engine.HEAD(view.LogoPath+":digest", serve)
}
