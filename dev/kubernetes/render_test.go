package kubernetes_test

import (
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

// objects are what a folder comes to, by what each is.
type objects []runtime.Object

// example is the whole of it: the step before, then what stays up.
func example(t *testing.T) objects {
	t.Helper()
	return append(render(t, "example/migrate"), render(t, "example")...)
}

// render is what `kubectl apply -k` would send, each object read as the API
// server would: a field that its type does not have fails.
func render(t *testing.T, path string) objects {
	t.Helper()
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

// of is every object of a kind.
func of[K runtime.Object](all objects) []K {
	var found []K
	for _, o := range all {
		if k, ok := o.(K); ok {
			found = append(found, k)
		}
	}
	return found
}

// pods are the templates of everything that runs, by its role.
func (all objects) pods() map[string]corev1.PodTemplateSpec {
	found := map[string]corev1.PodTemplateSpec{}
	for _, d := range of[*appsv1.Deployment](all) {
		found[d.Name] = d.Spec.Template
	}
	for _, j := range of[*batchv1.Job](all) {
		found[j.Name] = j.Spec.Template
	}
	return found
}

// What is there to be chosen from is good by itself as well.
func TestEveryFolderIsGood(t *testing.T) {
	for path, want := range map[string]int{"base": 8, "migrate": 1, "example": 15, "example/migrate": 1} {
		if got := len(render(t, path)); got != want {
			t.Errorf("%s has %d objects, want %d", path, got, want)
		}
	}
}

func TestEverythingIsInOneNamespace(t *testing.T) {
	for _, o := range example(t) {
		if m := o.(metav1.Object); m.GetNamespace() != "countersign" {
			t.Errorf("%T %s is in the namespace %q", o, m.GetName(), m.GetNamespace())
		}
	}
}

func TestAFieldThatDoesNotExistIsFound(t *testing.T) {
	for _, raw := range []string{
		"apiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selectors: {}}",
		"apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: {name: worker}\nspec: {minReplicas: 2}",
	} {
		if _, _, err := strict.Decode([]byte(raw), nil, nil); err == nil {
			t.Errorf("taken:\n%s", raw)
		}
	}
}
