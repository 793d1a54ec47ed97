package stack_test

import (
	"strings"
	"testing"

	"countersign/dev/stack"
	"countersign/internal/config"
)

func TestTokens_AreRefusedElsewhere(t *testing.T) {
	t.Parallel()
	for _, token := range []string{stack.ManagerToken, stack.EmployeeToken, stack.OtherOfficeToken} {
		_, err := config.Load(config.API, map[string]string{"COUNTERSIGN_API_TOKENS": "maja@ekstroms.example:" + token})
		if err == nil || !strings.Contains(err.Error(), "API_TOKENS entry 1 is a published token") || strings.Contains(err.Error(), token) {
			t.Errorf("%s: %v", token, err)
		}
	}
}
