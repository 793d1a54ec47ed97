package kubernetes_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"countersign/cli"
	"countersign/dev/runbook"
)

// verbs has the kubectl commands that the runbook may use.
var verbs = []string{"delete", "exec", "wait", "logs", "rollout pause", "rollout resume", "rollout status"}

// Without a cluster, the test checks that the manifests have every object that the
// runbook's commands name.
func TestRunbook_KubectlCommands(t *testing.T) {
	book, err := runbook.Read(root + "docs/operate")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := book.Of("cd"), "cd deploy/kubernetes/mine"; len(got) != 1 || got[0].Line != want {
		t.Errorf("the commands begin with %v, want %q", got, want)
	}
	var names []string
	for _, o := range example(t) {
		kind := strings.ToLower(o.GetObjectKind().GroupVersionKind().Kind)
		names = append(names, kind+"/"+o.(metav1.Object).GetName())
	}
	commands := book.Of("kubectl")
	if len(commands) < 9 {
		t.Errorf("only %d commands were found", len(commands))
	}
	for _, c := range commands {
		if folder, ok := strings.CutPrefix(c.Line, "kubectl apply -k "); ok {
			// "mine" is a copy of the example.
			if _, err := os.Stat(folderOfExample(folder)); err != nil {
				t.Errorf("%s: %v", c.Line, err)
			}
			continue
		}
		rest, ok := strings.CutPrefix(c.Line, "kubectl -n countersign ")
		i := slices.IndexFunc(verbs, func(verb string) bool { return strings.HasPrefix(rest, verb+" ") })
		if !ok || i < 0 {
			t.Errorf("no test covers %q", c.Line)
			continue
		}
		objects, inside, _ := strings.Cut(strings.TrimPrefix(rest, verbs[i]+" "), " -- ")
		for _, name := range objectNames(objects) {
			if !slices.Contains(names, name) {
				t.Errorf("%s: no manifest has %s", c.Line, name)
			}
		}
		if inside != "" {
			runInside(t, inside)
		}
	}
}

func folderOfExample(path string) string { return folder + "example/" + path + "/kustomization.yaml" }

// objectNames returns the objects in the arguments of a command, each as kind/name.
func objectNames(arguments string) (names []string) {
	kind := ""
	for word := range strings.FieldsSeq(arguments) {
		switch name, found := strings.CutPrefix(word, "deploy/"); {
		case strings.HasPrefix(word, "-"):
		case found:
			names = append(names, "deployment/"+name)
		case strings.Contains(word, "/"):
			names = append(names, word)
		case kind == "":
			kind = word
		default:
			names = append(names, kind+"/"+word)
		}
	}
	return names
}

// runInside runs the product's command of `kubectl exec` with an unreachable Temporal.
// The command and its flags must be valid.
func runInside(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line)
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	var output bytes.Buffer
	if code := cli.Run(t.Context(), words[1:], nil, &output, &output); words[0] != "/countersign" || code != 1 || !strings.Contains(output.String(), "failed reaching server") {
		t.Errorf("%s: exit code %d, want 1 and a failed connection to Temporal: %s", line, code, &output)
	}
}
