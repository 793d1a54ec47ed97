package client_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
)

// startExampleAPI starts an API with the data of the examples, until the tests end.
func startExampleAPI() string {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/activations", func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `"task_id":"t-1008-1"`) {
			writeProblem(w, 422, `{"type":"urn:countersign:problem:invalid_request","title":"Some of the details need to be corrected.","status":422,"code":"invalid_request",
				"instance":"urn:countersign:request:R4QXW6ZT5NQ2","errors":[{"field":"task_id","code":"required","message":"This is required."}]}`)
			return
		}
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"id":"m4q8-p7r2","state":"activating","scenario":"new_customer","links":{}}`)
	})
	mux.HandleFunc("GET /v1/activations/m4q8-p7r2/events", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, eventMessage(1, "Requested")+eventMessage(2, "The invitation was sent")+"event: end\ndata: {\"state\":\"active\",\"settled\":true}\n\n")
	})
	mux.HandleFunc("GET /v1/activations", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("cursor") == "" {
			io.WriteString(w, `{"items":[{"customer_name":"Öbergs Snickeri AB","agreement":{"ends_on":"2027-12-01"}}],"next":"more"}`)
			return
		}
		io.WriteString(w, `{"items":[{"customer_name":"Åkessons Åkeri AB","agreement":{"ends_on":"2028-01-01"}}]}`)
	})
	mux.HandleFunc("POST /v1/activations/m4q8-p7r2/withdraw", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("If-Match") == `"3"` && r.Header.Get("Idempotency-Key") == "withdrawal-17" {
			writeProblem(w, 412, `{"type":"urn:countersign:problem:precondition_failed","title":"The activation has changed.","status":412,"code":"precondition_failed"}`)
		}
	})
	return httptest.NewServer(mux).URL
}

func writeProblem(w http.ResponseWriter, status int, problem string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	io.WriteString(w, problem)
}
