package kubernetes_test

import (
	"slices"
	"sync"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const (
	root   = "../../"
	folder = root + "deploy/kubernetes/"
)

// objects are the rendered objects of a folder.
type objects []runtime.Object

// example returns all objects of the example: the migration and the running parts.
func example(t *testing.T) objects {
	t.Helper()
	return slices.Concat(render(t, "example/migrate"), render(t, "example"))
}

// rendered caches the objects of each folder. No test changes them. Folders are
// rendered one at a time, because kustomize has package-level state.
var rendered = struct {
	sync.Mutex
	byPath map[string]objects
}{byPath: map[string]objects{}}

// render returns the objects that `kubectl apply -k` sends. Like the API server, it fails
// on an unknown field.
func render(t *testing.T, path string) objects {
	t.Helper()
	rendered.Lock()
	defer rendered.Unlock()
	if all, done := rendered.byPath[path]; done {
		return all
	}
	found, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder+path)
	if err != nil {
		t.Fatal(err)
	}
	var all objects
	for _, r := range found.Resources() {
		raw, err := r.AsYAML()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, decode(t, raw))
	}
	rendered.byPath[path] = all
	return all
}

func decode(t *testing.T, raw []byte) runtime.Object {
	t.Helper()
	o, _, err := strict.Decode(raw, nil, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, raw)
	}
	return o
}

var strict = func() runtime.Decoder {
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, batchv1.AddToScheme, corev1.AddToScheme,
		networkingv1.AddToScheme, policyv1.AddToScheme, addCustom,
	} {
		if err := add(known); err != nil {
			panic(err)
		}
	}
	return json.NewSerializerWithOptions(json.DefaultMetaFactory, known, known, json.SerializerOptions{Yaml: true, Strict: true})
}()

// ofKind returns the objects of a type.
func ofKind[K runtime.Object](all objects) []K {
	var found []K
	for _, o := range all {
		if k, ok := o.(K); ok {
			found = append(found, k)
		}
	}
	return found
}

// pods returns the pod template of each role.
func (all objects) pods() map[string]corev1.PodTemplateSpec {
	found := map[string]corev1.PodTemplateSpec{}
	for _, d := range ofKind[*appsv1.Deployment](all) {
		found[d.Name] = d.Spec.Template
	}
	for _, j := range ofKind[*batchv1.Job](all) {
		found[j.Name] = j.Spec.Template
	}
	return found
}

// Every folder can be applied by itself.
func TestFolders_Render(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]int{"base": 8, "migrate": 1, "example": 15, "example/migrate": 1} {
		if got := len(render(t, path)); got != want {
			t.Errorf("%s has %d objects, want %d", path, got, want)
		}
	}
}

func TestObjects_AreInOneNamespace(t *testing.T) {
	t.Parallel()
	for _, o := range example(t) {
		if m := o.(metav1.Object); m.GetNamespace() != "countersign" {
			t.Errorf("%T %s is in the namespace %q", o, m.GetName(), m.GetNamespace())
		}
	}
}

func TestDecode_RejectsUnknownField(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selectors: {}}",
		"apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: worker}\nspec: {minReplicas: 2}",
	} {
		if _, _, err := strict.Decode([]byte(raw), nil, nil); err == nil {
			t.Errorf("accepted:\n%s", raw)
		}
	}
}
