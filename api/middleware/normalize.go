package middleware

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"countersign/api/request"
	"countersign/internal/normalize"
)

// NormalizeQuery normalizes the values of the query, so that a search finds a name in
// any form. Any other query stays as it is.
func NormalizeQuery(c *gin.Context) {
	if text, err := url.QueryUnescape(c.Request.URL.RawQuery); err == nil && normalize.Text(text) != text {
		values := c.Request.URL.Query()
		request.NormalizeValues(values)
		c.Request.URL.RawQuery = values.Encode()
	}
}
