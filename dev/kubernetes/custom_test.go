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

	"countersign/collaboration"
)

// scaledObject is what we use of KEDA's: the fields that it documents, no more.
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

// podMonitor is what we use of the Prometheus operator's.
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

// temporalTrigger are the names that KEDA's scaler reads, of those we use.
var temporalTrigger = []string{"endpointFromEnv", "namespaceFromEnv", "queueTypes", "targetQueueSize", "taskQueue", "workerDeploymentBuildId", "workerDeploymentName"}

func TestWorkersFollowTheirBacklog(t *testing.T) {
	all := example(t)
	scalers := of[*scaledObject](all)
	if len(scalers) != 1 || scalers[0].Spec.ScaleTargetRef.Name != "worker" || scalers[0].Spec.MinReplicaCount < 2 {
		t.Fatalf("scalers %+v", scalers)
	}
	settings := all.environment(t, "worker")
	queues := []string{}
	for _, trigger := range scalers[0].Spec.Triggers {
		if trigger.Type != "temporal" {
			t.Errorf("%s is a trigger of type %s", trigger.Name, trigger.Type)
		}
		queues = append(queues, trigger.Metadata["taskQueue"])
		for name, value := range trigger.Metadata {
			if !slices.Contains(temporalTrigger, name) {
				t.Errorf("%s: the scaler reads no %s", trigger.Name, name)
			}
			if strings.HasSuffix(name, "FromEnv") && settings[value] == "" {
				t.Errorf("%s: the worker has no %s", trigger.Name, value)
			}
		}
		if build, name := trigger.Metadata["workerDeploymentBuildId"], trigger.Metadata["workerDeploymentName"]; build != settings["COUNTERSIGN_BUILD"] || name != collaboration.Deployment {
			t.Errorf("%s: asks for %s of %s", trigger.Name, build, name)
		}
		if size, err := strconv.Atoi(trigger.Metadata["targetQueueSize"]); err != nil || size < 1 {
			t.Errorf("%s: targetQueueSize %v", trigger.Name, err)
		}
	}
	if want := []string{collaboration.TaskQueue, collaboration.WebhookQueue}; !slices.Equal(queues, want) {
		t.Errorf("queues %q, want %q", queues, want)
	}
}
