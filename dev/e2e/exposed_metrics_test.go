package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/dev/harness"
	"countersign/dev/temporalserver"
	"countersign/internal/eventually"
	"countersign/internal/telemetry"
)

// exposedMetrics has the labels of every exposed series, by metric name.
type exposedMetrics map[string][]map[string]string

func (e exposedMetrics) scrape(t *testing.T, url string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	e.read(t, response.Body)
}

func (e exposedMetrics) read(t *testing.T, text io.Reader) {
	t.Helper()
	p := expfmt.NewTextParser(model.UTF8Validation)
	families, err := p.TextToMetricFamilies(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, family := range families {
		for _, m := range family.Metric {
			e.add(name, family.GetType(), m)
		}
	}
}

func (e exposedMetrics) add(name string, kind dto.MetricType, m *dto.Metric) {
	labels := map[string]string{}
	for _, pair := range m.Label {
		labels[pair.GetName()] = pair.GetValue()
	}
	if kind != dto.MetricType_HISTOGRAM {
		e[name] = append(e[name], labels)
		return
	}
	e[name+"_sum"] = append(e[name+"_sum"], labels)
	e[name+"_count"] = append(e[name+"_count"], labels)
	bucket := map[string]string{"le": "+Inf"}
	for name, value := range labels {
		bucket[name] = value
	}
	e[name+"_bucket"] = append(e[name+"_bucket"], bucket)
}

// check parses an expression as Prometheus does. It reports every metric and label in
// it that no series has.
func (e exposedMetrics) check(t *testing.T, where, expression string) {
	t.Helper()
	parsed, err := parser.ParseExpr(expression)
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return
	}
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			e.checkSelector(t, where, n)
		case *parser.AggregateExpr:
			for _, label := range n.Grouping {
				if !e.hasLabel(n.Expr, label) {
					t.Errorf("%s: no series of %s has the label %s", where, n.Expr, label)
				}
			}
		}
		return nil
	})
}

// checkSelector checks that the metric and its labels exist. It also checks the label
// values of the product's own metrics; other metrics may lack a value in this test.
func (e exposedMetrics) checkSelector(t *testing.T, where string, s *parser.VectorSelector) {
	t.Helper()
	series := e[s.Name]
	if len(series) == 0 {
		t.Errorf("%s: no process exposes %s", where, s.Name)
		return
	}
	matched := 0
	for _, labels := range series {
		if matches(s.LabelMatchers, labels) {
			matched++
		}
	}
	if strings.HasPrefix(s.Name, "countersign_") && matched == 0 {
		t.Errorf("%s: no series matches %s", where, s)
	}
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel && !e.hasLabel(s, m.Name) {
			t.Errorf("%s: no series of %s has the label %s", where, s.Name, m.Name)
		}
	}
}

func matches(matchers []*labels.Matcher, series map[string]string) bool {
	for _, m := range matchers {
		if m.Name != model.MetricNameLabel && !m.Matches(series[m.Name]) {
			return false
		}
	}
	return true
}

func (e exposedMetrics) hasLabel(in parser.Node, label string) (found bool) {
	parser.Inspect(in, func(node parser.Node, _ []parser.Node) error {
		if s, ok := node.(*parser.VectorSelector); ok {
			for _, labels := range e[s.Name] {
				if _, has := labels[label]; has {
					found = true
				}
			}
		}
		return nil
	})
	return found
}

// failingWorker returns the metrics of a worker with two failures: Temporal rejected a
// request, and a workflow task failed because the workflow's code changed during an
// execution.
func failingWorker(t *testing.T, address string) (metrics string) {
	t.Helper()
	counted, err := telemetry.New()
	if err != nil {
		t.Fatal(err)
	}
	defer counted.Shutdown(t.Context())
	options := harness.TemporalOptions(address, temporalserver.Namespace)
	options.MetricsHandler = counted.TemporalMetrics()
	c, err := client.Dial(options)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.DescribeWorkflowExecution(t.Context(), "nothing", ""); err == nil {
		t.Error("an unknown workflow id has an execution")
	}
	var changed atomic.Bool
	startWorker := func() worker.Worker {
		w := worker.New(c, "changing", worker.Options{})
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			if changed.Load() {
				return workflow.SideEffect(ctx, func(workflow.Context) any { return 1 }).Get(new(int))
			}
			workflow.GetSignalChannel(ctx, "continue").ReceiveWithTimeout(ctx, 24*time.Hour, nil)
			return nil
		}, workflow.RegisterOptions{Name: "Changing"})
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := startWorker()
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "changing", TaskQueue: "changing"}, "Changing"); err != nil {
		t.Fatal(err)
	}
	eventually.True(t, "the workflow waits for its timer", func() bool {
		last := enums.EVENT_TYPE_UNSPECIFIED
		for events := c.GetWorkflowHistory(t.Context(), "changing", "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
			e, err := events.Next()
			harness.NoError(t, err)
			last = e.EventType
		}
		return last == enums.EVENT_TYPE_TIMER_STARTED
	})
	first.Stop()
	changed.Store(true)
	defer startWorker().Stop()
	harness.NoError(t, c.SignalWorkflow(t.Context(), "changing", "", "continue", nil))
	eventually.True(t, "a workflow task fails", func() bool {
		r := httptest.NewRecorder()
		counted.Handler().ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		metrics = r.Body.String()
		return strings.Contains(metrics, "NonDeterminismError")
	})
	return metrics
}
