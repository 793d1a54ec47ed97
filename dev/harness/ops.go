package harness

import (
	"fmt"
	"strings"

	"countersign/internal/eventually"
)

// ops runs an operator's command in a separate process: tests that run in
// parallel cannot share an environment.
func (o *Office) ops(line string) (code int, output string) {
	o.T.Helper()
	return RunCommand(o.T, o.OperatorEnvironment(), append([]string{"ops"}, strings.Fields(line)...)...)
}

// WantOps runs an operator's command once and checks its exit code and output.
func (o *Office) WantOps(line string, wantCode int, want ...string) {
	o.T.Helper()
	code, output := o.ops(line)
	for _, w := range want {
		if code != wantCode || !strings.Contains(output, w) {
			o.T.Errorf("ops %s: exit code %d, want %d and %q:\n%s", line, code, wantCode, w, output)
		}
	}
}

// AwaitOps repeats an operator's command until it prints a text. Temporal's
// visibility lags behind, and attempts of an activity take time.
func (o *Office) AwaitOps(line, want string) {
	o.T.Helper()
	eventually.OK(o.T, fmt.Sprintf("ops %s prints %q", line, want), func() error {
		if _, output := o.ops(line); !strings.Contains(output, want) {
			return fmt.Errorf("it prints:\n%s", output)
		}
		return nil
	})
}
