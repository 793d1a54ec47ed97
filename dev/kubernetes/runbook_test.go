package kubernetes_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"countersign/dev/runbook"
)

// verbs are the commands that the runbook may use, by their words before what
// they are about.
var verbs = []string{"delete", "wait", "logs", "rollout pause", "rollout resume", "rollout status"}

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
		if about := subject(strings.TrimPrefix(rest, verbs[i]+" ")); !slices.Contains(names, about) {
			t.Errorf("%s: there is no %s", c.Line, about)
		}
	}
}

func folderOfExample(path string) string { return folder + "example/" + path + "/kustomization.yaml" }

// subject is what a command is about, as kind/name.
func subject(arguments string) string {
	var words []string
	for word := range strings.FieldsSeq(arguments) {
		if !strings.HasPrefix(word, "-") {
			words = append(words, word)
		}
	}
	return strings.Join(words, "/")
}
