package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"countersign/collaboration/anchor"
)

// auditKeysPath has the public keys that verify the audit, for everyone.
const auditKeysPath = "/.well-known/countersign-audit-keys.json"

func serveAuditKeys(keys anchor.Keys) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=3600")
		c.JSON(http.StatusOK, keys)
	}
}
