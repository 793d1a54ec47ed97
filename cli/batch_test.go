package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBatch_WaitsForResults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "customers.csv")
	if err := os.WriteFile(file, []byte("customer_id\nc-1\nc-2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		args    string
		answers []answer // of GET /v1/batches/b-1, in order
		code    int
		output  []string
	}{
		"all started": {"batch " + file, []answer{{body: `{"id":"b-1","state":"running","pending":2}`}, {body: `{"id":"b-1","state":"done","started":2}`}}, 0, []string{"State     done", "Started   2"}},
		"rejected rows": {"batch " + file, []answer{{body: `{"id":"b-1","state":"done","started":1,"refused":1}`}}, 1,
			[]string{"line 3", "c-2", "Some of the details", "task_id: The task is closed."}},
		"detached": {"batch --detached " + file, []answer{{body: `{"id":"b-1","state":"running","pending":2}`}}, 0, []string{"Pending   2"}},
		"status":   {"batch status b-1", []answer{{body: `{"id":"b-1","state":"running","pending":2}`}}, 0, []string{"State     running"}},
		"retry":    {"batch retry b-1", []answer{{body: `{"id":"b-1","state":"done","started":2}`}}, 0, []string{"Rejected  0"}},
		"cancel":   {"batch cancel b-1", []answer{{body: `{"id":"b-1","state":"cancelled","pending":2}`}}, 0, []string{"State     cancelled"}},
	} {
		t.Run(name, func(t *testing.T) {
			fake := serve(t, map[string][]answer{
				"POST /v1/batches/csv":        {{status: 202, body: `{"id":"b-1","state":"running","pending":2}`}},
				"POST /v1/batches/b-1/retry":  {{body: `{"id":"b-1","state":"running"}`}},
				"POST /v1/batches/b-1/cancel": {{body: `{"id":"b-1","state":"cancelled"}`}},
				"GET /v1/batches/b-1":         tt.answers,
				"GET /v1/batches/b-1/rows":    {{body: `{"items":[{"line":3,"customer_id":"c-2","result":"refused","code":"invalid_request","message":"Some of the details need to be corrected.","errors":[{"field":"task_id","code":"task_closed","message":"The task is closed."}]}]}`}},
			})
			code, stdout, stderr := run(t, strings.Fields(tt.args)...)
			if code != tt.code {
				t.Errorf("exit code %d: %s", code, stderr)
			}
			for _, want := range tt.output {
				if !strings.Contains(stdout, want) {
					t.Errorf("no %q in\n%s", want, stdout)
				}
			}
			if first := fake.requests[0]; strings.HasPrefix(tt.args, "batch "+file) && (first.uri != "/v1/batches/csv?solution_id=financial-overview" || first.header.Get("Idempotency-Key") == "") {
				t.Errorf("sent %+v", first)
			}
		})
	}
}
