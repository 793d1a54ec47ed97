package middleware

import (
	"net/url"

	"github.com/gin-gonic/gin"
	"golang.org/x/text/unicode/norm"

	"countersign/api/request"
)

// NormalizeQuery converts the values of the query to NFC, so that a search finds a name in
// either form. Any other query stays as it is.
func NormalizeQuery(c *gin.Context) {
	if text, err := url.QueryUnescape(c.Request.URL.RawQuery); err == nil && !norm.NFC.IsNormalString(text) {
		values := c.Request.URL.Query()
		request.NormalizeValues(values)
		c.Request.URL.RawQuery = values.Encode()
	}
}
