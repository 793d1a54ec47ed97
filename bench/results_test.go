package bench_test

import (
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// result has the values of each round with one setting of Temporal.
type result struct {
	title  string
	values map[series][]float64
}

type series struct{ implementation, metric string }

type results []result

func unit(metric string) string {
	if metric == throughputMetric {
		return "/s"
	}
	return "ms"
}

func (r result) report(b *testing.B) {
	b.Helper()
	b.Logf("%s\n%s", r.title, r.table())
	b.ReportMetric(median(r.values[series{productName, throughputMetric}]), "activations/s")
	b.ReportMetric(median(r.values[series{productName, latencyMetric}]), "ms/invited")
	b.ReportMetric(median(r.values[series{productName, decisionMetric}]), "ms/decided")
}

// table returns two tables: the medians of the rounds with their minimum and maximum,
// and the medians of the ratios within each round.
func (r result) table() string {
	var out strings.Builder
	metrics, others := []string{throughputMetric, latencyMetric, startMetric, decisionMetric}, implementationNames[1:]
	heading(&out, "", implementationNames)
	for _, metric := range metrics {
		fmt.Fprintf(&out, "| %s |", metric)
		for _, name := range implementationNames {
			fmt.Fprintf(&out, " %s |", spread(r.values[series{name, metric}], unit(metric)))
		}
		out.WriteString("\n")
	}
	out.WriteString("\n")
	heading(&out, productName+" ÷", others)
	for _, metric := range metrics {
		fmt.Fprintf(&out, "| %s |", metric)
		for _, other := range others {
			fmt.Fprintf(&out, " %s |", spread(ratios(r.values[series{productName, metric}], r.values[series{other, metric}]), ""))
		}
		out.WriteString("\n")
	}
	return out.String()
}

func heading(out *strings.Builder, first string, columns []string) {
	fmt.Fprintf(out, "| %s | %s |\n|%s\n", first, strings.Join(columns, " | "), strings.Repeat(" --- |", 1+len(columns)))
}

func spread(values []float64, unit string) string {
	if len(values) == 0 {
		return ""
	}
	return fmt.Sprintf("**%.3g**%s (%.3g–%.3g)", median(values), unit, slices.Min(values), slices.Max(values))
}

func ratios(of, to []float64) (all []float64) {
	for n := range min(len(of), len(to)) {
		all = append(all, of[n]/to[n])
	}
	return all
}

func (all results) write(b *testing.B, load string) {
	b.Helper()
	var out strings.Builder
	for _, r := range all {
		fmt.Fprintf(&out, "\n## %s\n\n%s", r.title, r.table())
	}
	writeResults(b, "RESULTS.md", "Results", load, out.String())
}

// writeResults writes the conditions of the measurement and the tables.
func writeResults(b *testing.B, file, title, load, tables string) {
	b.Helper()
	text := fmt.Sprintf("# %s\n\nWritten by `make bench`: %d rounds on %d cores with %s. Each round measures every row or column once.\n"+
		"The load average was %s at the start. Values are medians of the rounds, with minimum and maximum. A ratio is the\n"+
		"median of the ratios within each round. [README.md](README.md) describes the comparison.\n%s", title, *rounds, runtime.NumCPU(), runtime.Version(), load, tables)
	must(b, os.WriteFile(file, []byte(text), 0o644))
}

// loadAverage returns the load average of the last minute, or "unknown".
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}

func discardLogger() *slog.Logger { return slog.New(slog.DiscardHandler) }
