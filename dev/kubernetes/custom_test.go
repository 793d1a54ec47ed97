package kubernetes_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	autoscalingv2 "k8s.io/api/autoscaling/v2"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"countersign/internal/temporalx"
)

// scaledObject has the fields of KEDA's ScaledObject that the manifests use.
type scaledObject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		PollingInterval int32 `json:"pollingInterval"`
		MinReplicaCount int32 `json:"minReplicaCount"`
		MaxReplicaCount int32 `json:"maxReplicaCount"`
		Advanced        struct {
			HorizontalPodAutoscalerConfig struct {
				Behavior autoscalingv2.HorizontalPodAutoscalerBehavior `json:"behavior"`
			} `json:"horizontalPodAutoscalerConfig"`
		} `json:"advanced"`
		Triggers []struct {
			Type     string            `json:"type"`
			Name     string            `json:"name"`
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// podMonitor has the fields of the Prometheus operator's PodMonitor that the manifests
// use.
type podMonitor struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata"`
	Spec              struct {
		Selector            metav1.LabelSelector `json:"selector"`
		PodMetricsEndpoints []struct {
			Port     string `json:"port"`
			Path     string `json:"path"`
			Interval string `json:"interval"`
		} `json:"podMetricsEndpoints"`
	} `json:"spec"`
}

func (o *scaledObject) DeepCopyObject() runtime.Object { c := *o; return &c }
func (o *podMonitor) DeepCopyObject() runtime.Object   { c := *o; return &c }

func addCustom(s *runtime.Scheme) error {
	s.AddKnownTypeWithName(schema.GroupVersionKind{Group: "keda.sh", Version: "v1alpha1", Kind: "ScaledObject"}, &scaledObject{})
	s.AddKnownTypeWithName(schema.GroupVersionKind{Group: "monitoring.coreos.com", Version: "v1", Kind: "PodMonitor"}, &podMonitor{})
	return nil
}

// temporalTriggerFields has the settings of KEDA's Temporal scaler that the manifests
// use.
var temporalTriggerFields = []string{"endpointFromEnv", "namespaceFromEnv", "queueTypes", "targetQueueSize", "taskQueue", "workerDeploymentBuildId", "workerDeploymentName"}

func TestWorkers_ScaleByBacklog(t *testing.T) {
	t.Parallel()
	all := example(t)
	scalers := ofKind[*scaledObject](all)
	if len(scalers) != 1 || scalers[0].Spec.ScaleTargetRef.Name != "worker" || scalers[0].Spec.MinReplicaCount < 2 {
		t.Fatalf("scalers %+v", scalers)
	}
	settings := all.environment(t, "worker")
	queues := []string{}
	for _, trigger := range scalers[0].Spec.Triggers {
		if trigger.Type != "temporal" {
			t.Errorf("trigger %s has the type %s", trigger.Name, trigger.Type)
		}
		queues = append(queues, trigger.Metadata["taskQueue"])
		for name, value := range trigger.Metadata {
			if !slices.Contains(temporalTriggerFields, name) {
				t.Errorf("%s: unknown setting %s", trigger.Name, name)
			}
			if strings.HasSuffix(name, "FromEnv") && settings[value] == "" {
				t.Errorf("%s: the worker has no setting %s", trigger.Name, value)
			}
		}
		if build, name := trigger.Metadata["workerDeploymentBuildId"], trigger.Metadata["workerDeploymentName"]; build != settings["COUNTERSIGN_BUILD"] || name != temporalx.Deployment {
			t.Errorf("%s: build %s of deployment %s", trigger.Name, build, name)
		}
		if size, err := strconv.Atoi(trigger.Metadata["targetQueueSize"]); err != nil || size < 1 {
			t.Errorf("%s: targetQueueSize %v", trigger.Name, err)
		}
	}
	if want := []string{temporalx.TaskQueue, temporalx.WebhookTaskQueue}; !slices.Equal(queues, want) {
		t.Errorf("queues %q, want %q", queues, want)
	}
}
