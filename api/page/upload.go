package page

import (
	"mime"
	"net/http"

	"github.com/gin-gonic/gin"

	"countersign/api/problem"
	"countersign/api/request"
)

// HandleUpload registers a POST with a file in its form: a multipart form of at most
// maxBody bytes. Without a login such a form is not kept for the time after the login.
func (k *Kit) HandleUpload(r gin.IRoutes, path string, level request.AccessLevel, maxBody int64, h Handler) {
	k.config.Access.Set(http.MethodPost, path, level)
	r.POST(path, func(c *gin.Context) { k.serve(c, level, maxBody, h) })
}

// parseUpload reads the form of an upload. A form that is not multipart has the bound of
// all forms: its many small fields would need far more memory than its bytes.
//
// The memory bound equals the body's, so that no part becomes a temporary file: the
// container's file system is read-only, and the file has personal data. The body budget
// bounds the memory of all uploads together.
func parseUpload(c *Context) error {
	r := c.gin.Request
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return parseForm(c)
	}
	r.Body = http.MaxBytesReader(c.gin.Writer, r.Body, c.maxUpload)
	if err := r.ParseMultipartForm(c.maxUpload); err != nil {
		return problem.Unreadable(err)
	}
	return nil
}
