package program

import (
	"strings"
	"testing"

	"countersign/dev/flags"
	"countersign/dev/stack"
)

func TestWelcome_DescribesTheTemporalInUse(t *testing.T) {
	t.Parallel()
	const webUI, encoder, forward = "http://localhost:8233", "data encoder", "needs a server with time\nskipping"
	for name, tt := range map[string]struct {
		f          flags.Flags
		webUI      string
		want, lack []string
	}{
		"embedded":                {flags.Flags{}, webUI, []string{webUI, "Olle Drift"}, []string{encoder, forward}},
		"running, with a Web UI":  {flags.Flags{Temporal: "a:7233", Namespace: "n"}, webUI, []string{webUI, "a:7233, namespace n", encoder + " is set to http://localhost:8080/codec", forward}, nil},
		"running, without Web UI": {flags.Flags{Temporal: "a:7233", Namespace: "n"}, "", []string{"a:7233, namespace n", forward}, []string{"Web UI"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := welcome(tt.f, stack.Addresses{API: "http://localhost:8080", Inbox: "http://localhost:8025", Login: "http://localhost:8081", WebUI: tt.webUI})
			for _, want := range append(tt.want, "http://localhost:8080/docs", "http://localhost:8025", "http://localhost:8081", stack.ManagerToken) {
				if !strings.Contains(text, want) {
					t.Errorf("%q is missing in:\n%s", want, text)
				}
			}
			for _, lack := range tt.lack {
				if strings.Contains(text, lack) {
					t.Errorf("%q is in:\n%s", lack, text)
				}
			}
		})
	}
}
