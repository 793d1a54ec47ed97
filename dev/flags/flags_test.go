package flags_test

import (
	"bytes"
	"errors"
	"flag"
	"strings"
	"testing"

	"countersign/dev/flags"
)

func TestParse(t *testing.T) {
	t.Parallel()
	defaults := flags.Flags{Data: ".countersign", Port: 8080, InboxPort: 8025, LoginPort: 8081, TemporalPort: 7233, UIPort: 8233, Namespace: "default"}
	with := func(change func(*flags.Flags)) flags.Flags {
		f := defaults
		change(&f)
		return f
	}
	for name, tt := range map[string]struct {
		args string
		want flags.Flags
		err  string
	}{
		"no flags":                     {"", defaults, ""},
		"ports":                        {"-port 0 --inbox-port=1 -temporal-port 2", with(func(f *flags.Flags) { f.Port, f.InboxPort, f.TemporalPort = 0, 1, 2 }), ""},
		"a running Temporal":           {"-temporal localhost:7233", with(func(f *flags.Flags) { f.Temporal = "localhost:7233" }), ""},
		"its namespace and Web UI":     {"--temporal=a:1 --namespace n --web-ui http://a", with(func(f *flags.Flags) { f.Temporal, f.Namespace, f.WebUI = "a:1", "n", "http://a" }), ""},
		"a folder named like a flag":   {"-data -temporal", with(func(f *flags.Flags) { f.Data = "-temporal" }), ""},
		"an unknown flag":              {"-nothing", flags.Flags{}, "-nothing"},
		"an unknown command":           {"fastforward ID", flags.Flags{}, `"fastforward" (there are forward and token)`},
		"a namespace without Temporal": {"-namespace n", flags.Flags{}, "-namespace needs -temporal"},
		"a Web UI without Temporal":    {"-web-ui http://a", flags.Flags{}, "-web-ui needs -temporal"},
		"ports of both":                {"-temporal a:1 -ui-port 1", flags.Flags{}, "-ui-port and -temporal exclude each other"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var output bytes.Buffer
			got, err := flags.Parse(strings.Fields(tt.args), &output)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %s", err, tt.err)
				}
				return
			}
			if err != nil || got != tt.want || got.Embedded() != (tt.want.Temporal == "") || output.Len() > 0 {
				t.Errorf("got %+v, %v, want %+v; printed %q", got, err, tt.want, output.String())
			}
		})
	}
}

func TestParse_PrintsUsage(t *testing.T) {
	t.Parallel()
	var output bytes.Buffer
	if _, err := flags.Parse([]string{"-h"}, &output); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("error %v", err)
	}
	for _, want := range []string{"go run ./dev token EMAIL", "go run ./dev forward", "-temporal string", "-web-ui", "(default 7233)"} {
		if !strings.Contains(output.String(), want) {
			t.Errorf("%q is missing in:\n%s", want, output.String())
		}
	}
}
