package e2e_test

import (
	"io"
	"log/slog"
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
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"countersign/internal/telemetry"
)

// exposed are series by their metric's name: the labels of each.
type exposed map[string][]map[string]string

func (e exposed) scrape(t *testing.T, url string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	e.read(t, response.Body)
}

func (e exposed) read(t *testing.T, text io.Reader) {
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

func (e exposed) add(name string, kind dto.MetricType, m *dto.Metric) {
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

// check reads an expression as Prometheus does, and looks for all it names.
func (e exposed) check(t *testing.T, where, expression string) {
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
					t.Errorf("%s: nothing in %s has the label %s", where, n.Expr, label)
				}
			}
		}
		return nil
	})
}

// checkSelector wants the metric and its labels there, and of our own metrics
// also their values: nothing but ours is sure to have them.
func (e exposed) checkSelector(t *testing.T, where string, s *parser.VectorSelector) {
	t.Helper()
	series := e[s.Name]
	if len(series) == 0 {
		t.Errorf("%s: there is no %s", where, s.Name)
		return
	}
	matched := 0
	for _, labels := range series {
		if matches(s.LabelMatchers, labels) {
			matched++
		}
	}
	if strings.HasPrefix(s.Name, "countersign_") && matched == 0 {
		t.Errorf("%s: nothing is %s", where, s)
	}
	for _, m := range s.LabelMatchers {
		if m.Name != model.MetricNameLabel && !e.hasLabel(s, m.Name) {
			t.Errorf("%s: no %s has the label %s", where, s.Name, m.Name)
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

func (e exposed) hasLabel(in parser.Node, label string) (found bool) {
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

// failingWorker is what a worker exposes whose code was changed under a run,
// and whom the engine refused something.
func failingWorker(t *testing.T, engine string) (metrics string) {
	t.Helper()
	counted, err := telemetry.New()
	if err != nil {
		t.Fatal(err)
	}
	defer counted.Shutdown(t.Context())
	c, err := client.Dial(client.Options{HostPort: engine, MetricsHandler: counted.Engine(), Logger: temporallog.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.DescribeWorkflowExecution(t.Context(), "nothing", ""); err == nil {
		t.Error("there is a run that nobody started")
	}
	var changed atomic.Bool
	work := func() worker.Worker {
		w := worker.New(c, "changing", worker.Options{})
		w.RegisterWorkflowWithOptions(func(ctx workflow.Context) error {
			if changed.Load() {
				return workflow.SideEffect(ctx, func(workflow.Context) any { return 1 }).Get(new(int))
			}
			return workflow.Sleep(ctx, time.Second)
		}, workflow.RegisterOptions{Name: "Changing"})
		if err := w.Start(); err != nil {
			t.Fatal(err)
		}
		return w
	}
	first := work()
	if _, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: "changing", TaskQueue: "changing"}, "Changing"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // its timer has begun
	first.Stop()
	changed.Store(true)
	defer work().Stop()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		r := httptest.NewRecorder()
		counted.Handler().ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if metrics = r.Body.String(); strings.Contains(metrics, "NonDeterminismError") {
			return metrics
		}
	}
	t.Error("no workflow task failed")
	return metrics
}
