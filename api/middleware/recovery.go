package middleware

import (
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"

	"github.com/gin-gonic/gin"

	"countersign/api/request"
	"countersign/collaboration"
)

// ErrorHandler answers a request with an error, as a problem or as a page.
type ErrorHandler func(c *gin.Context, err error)

// Recovery answers with CodeInternal if a handler panics. The message of the panic
// is logged only if it is a runtime.Error, because any other value may contain
// personal data.
func Recovery(onError ErrorHandler) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			p := recover()
			switch {
			case p == nil:
				return
			case p == http.ErrAbortHandler:
				panic(p)
			}
			text := fmt.Sprintf("panic: %T", p)
			if e, ok := p.(runtime.Error); ok {
				text = "panic: " + e.Error()
			}
			c.Abort()
			err := collaboration.Errorf(collaboration.CodeInternal, "%s\n%s", text, debug.Stack())
			if c.Writer.Written() { // too late for another response
				request.From(c.Request.Context()).Cause = err
				c.Status(http.StatusInternalServerError)
				return
			}
			onError(c, err)
		}()
		c.Next()
	}
}
