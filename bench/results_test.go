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

// result is what was measured with one engine: a value of each round for each figure.
type result struct {
	engine  string
	figures map[figure][]float64
}

type figure struct{ way, what string }

type results []result

// unit is of a figure; more is better of what is counted by the second.
func unit(what string) string {
	if what == perSecond {
		return "/s"
	}
	return "ms"
}

func (r result) report(b *testing.B) {
	b.Helper()
	b.Logf("%s\n%s", r.engine, r.table())
	b.ReportMetric(median(r.figures[figure{ourWay, perSecond}]), "activations/s")
	b.ReportMetric(median(r.figures[figure{ourWay, latency}]), "ms/invited")
	b.ReportMetric(median(r.figures[figure{ourWay, deciding}]), "ms/decided")
}

// table has medians of the rounds, with the least and the most, and below the medians
// of the rounds' own ratios.
func (r result) table() string {
	var out strings.Builder
	figures, others := []string{perSecond, latency, starting, deciding}, everyWay[1:]
	heading(&out, "", everyWay)
	for _, what := range figures {
		fmt.Fprintf(&out, "| %s |", what)
		for _, way := range everyWay {
			fmt.Fprintf(&out, " %s |", spread(r.figures[figure{way, what}], unit(what)))
		}
		out.WriteString("\n")
	}
	out.WriteString("\n")
	heading(&out, ourWay+" ÷", others)
	for _, what := range figures {
		fmt.Fprintf(&out, "| %s |", what)
		for _, other := range others {
			fmt.Fprintf(&out, " %s |", spread(ratios(r.figures[figure{ourWay, what}], r.figures[figure{other, what}]), ""))
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
		fmt.Fprintf(&out, "\n## %s\n\n%s", r.engine, r.table())
	}
	writeResults(b, "RESULTS.md", "Results", load, out.String())
}

// writeResults says how it was measured, and what came out.
func writeResults(b *testing.B, file, title, load, tables string) {
	b.Helper()
	text := fmt.Sprintf("# %s\n\nWritten by `make bench`: %d rounds, in each of which every way takes its turn, on %d cores with %s.\n"+
		"The machine's load average was %s when it began. Medians of the rounds, with the least and the most; a ratio is the\n"+
		"median of the rounds' own. [README.md](README.md) says what is compared.\n%s", title, *rounds, runtime.NumCPU(), runtime.Version(), load, tables)
	must(b, os.WriteFile(file, []byte(text), 0o644))
}

// loadAverage is of the last minute; "unknown" where the system does not say.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Fields(string(text))[0]
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
