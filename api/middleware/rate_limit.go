package middleware

import (
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/problem"
	"countersign/api/request"
	"countersign/internal/limit"
)

// RateLimit bounds the requests per second of each client in this process. Health
// checks are exempt, so that they work under any load.
func RateLimit(limiter *limit.Limiter, perSecond int, onError ErrorHandler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if isProbe(c) {
			return
		}
		client := request.From(c.Request.Context()).ClientKey
		if err := problem.RateLimited(limiter.TakeLocally("request", client, limit.Rate{Events: perSecond, Per: time.Second})); err != nil {
			c.Abort()
			onError(c, err)
		}
	}
}
