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

// verbs are the commands that the runbook may use, by their words before what
// they are about.
var verbs = []string{"delete", "exec", "wait", "logs", "rollout pause", "rollout resume", "rollout status"}

// There is no cluster here: what can be held against the manifests is, which is
// that everything the runbook's commands are about is there, under that name.
func TestTheRunbooksCommandsWithoutACluster(t *testing.T) {
	book, err := runbook.Read(root + "RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := book.Of("cd"), "cd deploy/kubernetes/mine"; len(got) != 1 || got[0].Line != want {
		t.Errorf("it is begun by %v, want %q", got, want)
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
			t.Errorf("nobody rehearses %q", c.Line)
			continue
		}
		about, inside, _ := strings.Cut(strings.TrimPrefix(rest, verbs[i]+" "), " -- ")
		for _, name := range subjects(about) {
			if !slices.Contains(names, name) {
				t.Errorf("%s: there is no %s", c.Line, name)
			}
		}
		if inside != "" {
			tryInside(t, inside)
		}
	}
}

func folderOfExample(path string) string { return folder + "example/" + path + "/kustomization.yaml" }

// subjects are what a command is about, each as kind/name.
func subjects(arguments string) (about []string) {
	kind := ""
	for word := range strings.FieldsSeq(arguments) {
		switch name, found := strings.CutPrefix(word, "deploy/"); {
		case strings.HasPrefix(word, "-"):
		case found:
			about = append(about, "deployment/"+name)
		case strings.Contains(word, "/"):
			about = append(about, word)
		case kind == "":
			kind = word
		default:
			about = append(about, kind+"/"+word)
		}
	}
	return about
}

// tryInside runs what would be run in a container as far as the engine, which is
// not there: the command and its flags exist.
func tryInside(t *testing.T, line string) {
	t.Helper()
	words := strings.Fields(line)
	t.Setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
	var said bytes.Buffer
	if code := cli.Run(t.Context(), words[1:], nil, &said, &said); words[0] != "/countersign" || code != 1 || !strings.Contains(said.String(), "failed reaching server") {
		t.Errorf("%s: exit code %d, want 1 and that Temporal is not there: %s", line, code, &said)
	}
}
