package middleware

import (
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"countersign/api/problem"
	"countersign/api/request"
)

// The memory of request bodies, in bytes. A body without a declared length counts as
// the largest that any route accepts.
const (
	bodiesOfAll      = 256 << 20
	bodiesOfClient   = 32 << 20
	largestBody      = 10 << 20
	bodyBudgetReturn = time.Second
)

// BodyBudget bounds the memory of the bodies in progress, of all clients and of each one.
// It reserves the length before the first byte is read and before authentication, so that
// slow requests cannot fill the memory below every other limit.
func BodyBudget(onError ErrorHandler) gin.HandlerFunc {
	b := &bodyBudget{clients: map[string]int64{}}
	return func(c *gin.Context) {
		size := c.Request.ContentLength
		switch {
		case size == 0:
			return
		case size < 0 || size > largestBody: // a larger one is rejected when it is read
			size = largestBody
		}
		client := request.From(c.Request.Context()).ClientKey
		if !b.reserve(client, size) {
			c.Abort()
			c.Header("Connection", "close") // the body is not read
			onError(c, problem.RateLimited(bodyBudgetReturn))
			return
		}
		defer b.release(client, size)
		c.Next()
	}
}

type bodyBudget struct {
	mu      sync.Mutex
	all     int64
	clients map[string]int64
}

func (b *bodyBudget) reserve(client string, size int64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all+size > bodiesOfAll || b.clients[client]+size > bodiesOfClient {
		return false
	}
	b.all += size
	b.clients[client] += size
	return true
}

func (b *bodyBudget) release(client string, size int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all -= size
	if b.clients[client] -= size; b.clients[client] == 0 {
		delete(b.clients, client)
	}
}
