package api_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	cryptorand "crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/api"
	"countersign/collaboration"
	encryption "countersign/internal/codec"
	"countersign/internal/link"
	"countersign/internal/mail"
	"countersign/internal/rehearsal"
	"countersign/internal/store"
	"countersign/internal/store/storetest"
	"countersign/internal/webhook"
)

// Malformed requests reach the API on a real database. No request causes a server error or
// changes a row.
func TestMalformedRequests(t *testing.T) {
	t.Parallel()
	testMalformed(t, 1, 2_000)
}

func TestMalformedRequests_AtLength(t *testing.T) {
	t.Parallel()
	rehearsal.Only(t)
	for name, tt := range map[string]struct {
		seed uint64
		n    int
	}{"fixed seed": {1, 10_000}, "random seed": {rand.Uint64(), 2_000}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			testMalformed(t, tt.seed, tt.n)
		})
	}
}

// testMalformed sends n requests, and compares the database after each thousand.
func testMalformed(t *testing.T, seed uint64, n int) {
	t.Helper()
	t.Logf("seed %d", seed)
	target := openTarget(t)
	target.random = rand.New(rand.NewPCG(seed, 0))
	before := target.digest(t)
	statuses := map[int]int{}
	for i := range n {
		text, kind := target.request()
		for _, got := range say(t, target.base, text, kind) {
			statuses[got.StatusCode]++
			if faulty(got.StatusCode, kind) {
				t.Errorf("request %d: %d\n%q\n%s", i, got.StatusCode, text, got.body)
			}
		}
		if t.Failed() || i%1000 == 999 {
			if now := target.digest(t); now != before || target.changes() != 0 {
				t.Fatalf("request %d or one of the thousand before it changed something: %v\n%q", i, target.calls, text)
			}
		}
	}
	t.Logf("answers by status: %v", statuses)
	if len(statuses) < 8 || statuses[401] > n/2 {
		t.Errorf("the requests have too few different answers: %v", statuses)
	}
}

// kind is the kind of a malformed request, and limits its possible answers.
type kind int

const (
	isWrong   kind = iota // must fail
	mayBeGood             // may succeed as a read
	isBroken              // may be incomplete, as from a client that has disconnected
)

func faulty(status int, k kind) bool {
	switch status {
	case http.StatusNotImplemented, http.StatusHTTPVersionNotSupported: // net/http does not support these
		return false
	case http.StatusServiceUnavailable:
		return k != isBroken
	}
	return status >= 500 || k == isWrong && status < 300
}

// target is the API on a database, with the parts of malformed requests.
type target struct {
	*world
	base   string
	facts  *store.Store
	raw    *sql.DB
	random *rand.Rand
	ops    []described
	ids    map[string]string // existing IDs, by the preceding part of the path
	links  []string
	cookie string // the session of a logged-in manager
	token  string // the CSRF token of that session
	pages  []string
}

// described is one operation of the OpenAPI document.
type described struct {
	method, path string
	body         []byte // its example; nil without a body
	csv          bool
	query        []string
}

func openTarget(t *testing.T) *target {
	t.Helper()
	ctx, file := t.Context(), filepath.Join(t.TempDir(), "countersign.db")
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(storetest.Create(ctx, "sqlite:"+file))
	facts, err := store.Open(ctx, "sqlite:"+file)
	ok(err)
	t.Cleanup(func() { facts.Close() })
	keys, err := encryption.New(facts, encryption.MasterKey{ID: "test", Key: bytes.Repeat([]byte("k"), 32)})
	ok(err)
	facts.EncryptSecrets(keys)
	raw, err := sql.Open("sqlite", file)
	ok(err)
	t.Cleanup(func() { raw.Close() })
	w := &target{world: newWorld(), facts: facts, raw: raw}
	signer, err := link.New(bytes.Repeat([]byte("k"), 32))
	ok(err)
	key, err := ecdsa.GenerateKey(elliptic.P256(), cryptorand.Reader)
	ok(err)
	w.deps = func(d *api.Config) {
		d.Store, d.Customers, d.Links, d.Authenticator = facts, facts, signer, programs{facts}
		d.MailEvents = mail.NewEvents(&key.PublicKey)
		d.CheckWebhook = func(url string) collaboration.Code { return webhook.CheckURL(url, false) }
	}
	w.fill(ctx, ok, signer)
	s := w.server(t)
	w.describe(ok, s)
	b := openBrowser(t, s, "maja@ekstroms.example")
	w.cookie, w.token = b.cookies["countersign"], b.token()
	w.base, _, _ = serve(t, s, api.Shutdown{})
	return w
}

// programs authenticates tokens of the form token-of-<e-mail address>.
type programs struct{ facts *store.Store }

func (p programs) Authenticate(ctx context.Context, token string) (collaboration.Person, error) {
	email, ok := strings.CutPrefix(token, "token-of-")
	if !ok {
		return collaboration.Person{}, &collaboration.Error{Code: collaboration.CodeUnauthenticated}
	}
	person, err := p.facts.Person(ctx, email)
	person.Email = email
	return person, err
}

// fill stores one record of each kind.
func (w *target) fill(ctx context.Context, ok func(error), signer *link.Signer) {
	order := collaboration.Order{
		Activation: collaboration.NewActivationID("office-1", "c-1003", solutionID), OfficeID: "office-1", CustomerID: "c-1003", SolutionID: solutionID,
		Scenario: collaboration.OnPlatform, TaskID: "t-1003-1", InvoiceRecipient: collaboration.PaidByOffice, Period: collaboration.Period{Start: collaboration.OnApproval}, AgreementMonths: 12, Locale: collaboration.Swedish,
		OnEnd: collaboration.EndPolicies{collaboration.ReadOnly}, RequestedBy: "emp-maja", RequestedAt: now,
	}
	ok(w.facts.OpenActivation(ctx, order))
	err := w.facts.ActivateSolution(ctx, order, now)
	ok(err)
	sent := collaboration.Notification{Activation: order.Activation, Kind: collaboration.NotificationInvitation, Generation: 1, By: "emp-maja", At: now, ExpiresAt: now.AddDate(0, 0, 30)}
	_, err = w.facts.BeginMail(ctx, sent, "")
	ok(err)
	ok(w.facts.FinishMail(ctx, sent, "", collaboration.DeliveryAccepted, "p-1"))
	webhook, _, err := w.facts.AddWebhook(ctx, collaboration.Webhook{OfficeID: "office-1", URL: "https://example.com/", CreatedBy: "emp-maja", CreatedAt: now})
	ok(err)
	ok(w.facts.AddBatch(ctx, collaboration.Batch{ID: "b-1", OfficeID: "office-1", SolutionID: solutionID, CreatedBy: "emp-maja", CreatedAt: now},
		[]collaboration.BatchRow{{Line: 1, Request: collaboration.Request{CustomerID: "c-1001", SolutionID: solutionID}}}))
	w.ids = map[string]string{"customers": "c-1003", "batches": "b-1", "webhooks": webhook, "activations": string(order.Activation), "collaborations": string(order.Activation), "solutions": solutionID}
	for _, c := range []link.Claims{{Generation: 1, Purpose: link.Approve, Expires: now.Add(time.Hour)}, {Generation: 1, Purpose: link.Approve, Expires: now.Add(-time.Hour)}, {Generation: 1, Purpose: "other", Expires: now.Add(time.Hour)}} {
		c.Activation = order.Activation
		w.links = append(w.links, signer.Sign(c))
	}
}

func (w *target) describe(ok func(error), s *api.Server) {
	raw, err := s.OpenAPI()
	ok(err)
	var all struct {
		Paths map[string]map[string]struct {
			Parameters  []struct{ Name, In string }
			RequestBody struct {
				Content map[string]struct{ Example json.RawMessage }
			}
		}
	}
	ok(json.Unmarshal(raw, &all))
	for path, operations := range all.Paths {
		for method, operation := range operations {
			d := described{method: strings.ToUpper(method), path: path}
			for kind, content := range operation.RequestBody.Content {
				if d.body = content.Example; kind == "text/csv" {
					d.csv, d.body = true, []byte(goodCSV)
				}
			}
			for _, p := range operation.Parameters {
				if p.In == "query" {
					d.query = append(d.query, p.Name)
				}
			}
			w.ops = append(w.ops, d)
		}
	}
	slices.SortFunc(w.ops, func(a, b described) int { return strings.Compare(a.path+a.method, b.path+b.method) })
	for _, r := range s.Routes() {
		hasNoFields := strings.HasPrefix(r.Path, "/office/webhooks/:id/") || r.Path == "/office/settings/logo/remove" // a confirmation, which cannot be wrong
		if r.Method == http.MethodPost && !strings.HasPrefix(r.Path, "/v1/") && r.Path != "/logout" && !hasNoFields {
			w.pages = append(w.pages, r.Path)
		}
	}
	slices.Sort(w.pages)
}

// digest returns a hash over all rows of all tables.
func (w *target) digest(t *testing.T) string {
	t.Helper()
	sum := sha256.New()
	column := func(query string) (all []string) {
		rows, err := w.raw.Query(query)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, _ := rows.Columns()
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sql.RawBytes)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				all = append(all, string(*v.(*sql.RawBytes)))
			}
		}
		return all
	}
	tables := column("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
	if len(tables) < 15 {
		t.Fatalf("tables %q", tables)
	}
	for _, table := range tables {
		fmt.Fprintf(sum, "%s %q", table, column("SELECT * FROM "+table))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func pick[T any](w *target, of ...T) T { return of[w.random.IntN(len(of))] }

// rubbish returns a value that is invalid in every field.
func (w *target) rubbish() string {
	return pick(w, "", " ", "\x00", "\xff\xfe", "'; DROP TABLE customers; --", "../../etc/passwd", "%00", "%", "%zz", "c-1003\x00", "=cmd|' /C calc'!A0", "${jndi:ldap://x}",
		"{{7*7}}", "\u202e\u0000", strings.Repeat("a", 1+w.random.IntN(3000)), fmt.Sprint(w.random.Int64()), "-1", "1e400", "NaN", "null", "true", "[]", "\r\nSet-Cookie: a=b", "🦆")
}

func (w *target) request() (text string, k kind) {
	switch w.random.IntN(10) {
	case 0:
		return w.form(), mayBeGood
	case 1:
		text, _ := w.call()
		return w.broken(text), isBroken
	}
	return w.call()
}

// broken changes, removes or inserts some bytes.
func (w *target) broken(text string) string {
	b := []byte(text)
	for range 1 + w.random.IntN(4) {
		at := w.random.IntN(len(b))
		switch w.random.IntN(3) {
		case 0:
			b[at] = byte(w.random.IntN(256))
		case 1:
			b = slices.Insert(b, at, []byte(w.rubbish())...)
		case 2:
			b = b[:at+1]
		}
	}
	return string(b)
}

// call returns a request to a random operation, with one fault.
func (w *target) call() (text string, k kind) {
	op := pick(w, w.ops...)
	path, query, body, mediaType, method := w.path(op.path), url.Values{}, op.body, "application/json", op.method
	header := map[string]string{"Authorization": "Bearer token-of-" + pick(w, "maja@ekstroms.example", "nils@ekstroms.example", "sara@sundlind.example", "asa@bjorksbygg.example")}
	if op.csv {
		mediaType = "text/csv"
		query.Set("solution_id", solutionID)
	}
	faults := []string{"token", "method", "parameter"}
	if strings.Contains(op.path, "{") {
		faults = append(faults, "path", "path")
	}
	if op.body != nil {
		faults = append(faults, "body", "body", "body", "body", "type")
	}
	if op.method == http.MethodGet {
		faults = append(faults, "query", "query", "header")
	}
	switch pick(w, faults...) {
	case "token":
		header["Authorization"] = pick(w, "", "Bearer", "Bearer ", "Basic bWFqYTp4", "Bearer a b", "bearer "+w.rubbish(), "Bearer token", "Bearer "+strings.Repeat("a.", 2000), "token-of-maja@ekstroms.example")
	case "method":
		method = pick(w, "PUT", "DELETE", "TRACE", "get", "FOO", "CONNECT", "OPTIONS")
		if method == op.method || method == "DELETE" && (strings.HasPrefix(op.path, "/v1/webhooks/") || op.path == "/v1/office/logo") {
			method = "FOO"
		}
	case "parameter":
		query.Set(pick(w, "zz", "Cursor", "limit[]", "__proto__"), w.rubbish())
	case "path":
		path = w.wrongPath(op.path)
		k = mayBeGood // the path may lead to another operation
		if op.method != http.MethodGet {
			header["X-A"] = "b"
		}
	case "type":
		mediaType = pick(w, "", "text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json, text/csv", "application/jsonn", "text/csv;;", w.rubbish())
	case "body":
		if op.csv {
			body = w.wrongTable()
		} else {
			body = w.wrongBody(op.body)
		}
	case "query":
		k = mayBeGood
		for _, name := range op.query {
			query.Add(name, w.rubbish())
		}
	case "header":
		k = mayBeGood
		for _, name := range []string{"If-None-Match", "Last-Event-ID", "Accept-Language", "Range", "X-Request-Id", "Accept-Encoding", "Cookie", "Content-Type"} {
			header[name] = w.rubbish()
		}
	}
	if strings.HasSuffix(op.path, "/events") && method == http.MethodGet { // a valid request would not end
		header["Authorization"] = "Bearer nobody's"
	}
	return w.write(method, path+"?"+query.Encode(), mediaType, header, body), k
}

// path fills a path template with existing IDs.
func (w *target) path(template string) string {
	parts := strings.Split(strings.NewReplacer("{", ":", "}", "").Replace(template), "/")
	for i, part := range parts {
		switch part {
		case ":id", ":solution":
			parts[i] = cmp.Or(w.ids[parts[i-1]], solutionID, "x")
			if part == ":id" {
				parts[i] = cmp.Or(w.ids[parts[i-1]], string(w.ids["activations"]))
			}
		case ":link":
			parts[i] = pick(w, w.links...)
		}
	}
	return strings.Join(parts, "/")
}

func (w *target) wrongPath(template string) string {
	parts := strings.Split(strings.NewReplacer("{", ":", "}", "").Replace(template), "/")
	for i, part := range parts {
		if strings.HasPrefix(part, ":") {
			parts[i] = url.PathEscape(pick(w, w.rubbish()+"!", "c-9999", string(collaboration.NewActivationID("office-1", "c-1", "s")), strings.ToUpper(w.ids["activations"]), w.ids["activations"]+"x", pick(w, w.links...)+"a"))
		}
	}
	return strings.Join(parts, "/")
}

// wrongBody changes an example so that it is certainly invalid.
func (w *target) wrongBody(example []byte) []byte {
	switch w.random.IntN(8) {
	case 0:
		return example[:w.random.IntN(len(example))]
	case 1:
		return []byte(pick(w, "[]", "null", "1", `"a"`, "{", "}", "{}{}", "\xef\xbb\xbf{}", "\x00", "{'a':1}", strings.Repeat("[", 5000), strings.Repeat(`{"a":`, 40)+"1"+strings.Repeat("}", 40)))
	case 2:
		return bytes.Replace(example, []byte("{"), fmt.Appendf(nil, "{%q:1,", pick(w, "zz", "Task_ID", "__proto__", "", "a.b", strings.Repeat("x", 101))), 1)
	case 3: // a duplicate field
		var fields map[string]json.RawMessage
		_ = json.Unmarshal(example, &fields)
		for name, value := range fields {
			return bytes.Replace(example, []byte("{"), fmt.Appendf(nil, "{%q:%s,", name, value), 1)
		}
	case 4:
		return append(slices.Clone(example), pick(w, "x", "{}", ",", "\x00")...)
	}
	var body map[string]any
	_ = json.Unmarshal(example, &body)
	w.spoil(body)
	raw, _ := json.Marshal(body)
	return bytes.ReplaceAll(raw, []byte(`"1e400"`), []byte("1e400"))
}

// spoil gives one field, at any depth, a value of another type. It never sets null, which
// is the same as a missing field.
func (w *target) spoil(body map[string]any) {
	names := make([]string, 0, len(body))
	for name := range body {
		names = append(names, name)
	}
	slices.Sort(names)
	name := pick(w, names...)
	switch v := body[name].(type) {
	case map[string]any:
		if w.random.IntN(2) == 0 {
			w.spoil(v)
			return
		}
		body[name] = pick[any](w, 1, "a", []any{}, true)
	case []any:
		body[name] = pick[any](w, 1, "a", map[string]any{}, true)
	case bool:
		body[name] = pick[any](w, 1, "true", []any{}, map[string]any{})
	case string:
		body[name] = pick[any](w, 1, 1.5, true, []any{v}, map[string]any{"a": v}, "1e400", "a\x00", "\u0085")
	default:
		body[name] = pick[any](w, "a", 1.5, true, []any{}, map[string]any{}, "1e400", -1)
	}
}

func (w *target) wrongTable() []byte {
	return []byte(pick(w, "", "\x00", "a;b,c", "name\n\"", "organisation_number,name\n1,2\n", "customer_id\n", "customer_id,customer_id\na,b\n", "zz\n1\n", "organisation_number;name\n\"a\x00\";b\n",
		strings.Repeat(",", 5000), "\xff\xfe", "organisation_number,name,administrator_email\n5561234567,A,not an address\n"))
}

// form returns a POST of a page's form without a valid value, with or without a login.
func (w *target) form() string {
	page := pick(w, w.pages...)
	path := w.path(page)
	if strings.Contains(page, ":link") || w.random.IntN(4) == 0 {
		path = w.wrongPath(page)
	}
	values := url.Values{}
	for _, name := range []string{"nonce", "version", "task_id", "invoice_recipient", "administrator_id", "act", "when", "on", "email", "outcome", "reason", "comment", "locale", "confirm", "period.start", "contact.email", "agreement_months", "was.email"} {
		if w.random.IntN(2) == 0 {
			values.Set(name, w.rubbish())
		}
	}
	values.Set("nonce", "none")
	values.Set("administrator_id", "none")
	values.Set("task_id", "none")
	header := map[string]string{}
	if w.random.IntN(3) > 0 {
		header["Cookie"] = "countersign=" + w.cookie
		values.Set("token", pick(w, w.token, w.token, "forged"))
	}
	body := values.Encode()
	if w.random.IntN(5) == 0 {
		body += pick(w, "&%zz", "&a=%", ";", "&"+strings.Repeat("a=b&", 2000), "&a=\x00")
	}
	return w.write(http.MethodPost, path, pick(w, "application/x-www-form-urlencoded", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/json"), header, []byte(body))
}

func (w *target) write(method, path, mediaType string, header map[string]string, body []byte) string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n", method, strings.TrimSuffix(path, "?"), len(body))
	if body != nil {
		fmt.Fprintf(&text, "Content-Type: %s\r\n", mediaType)
	}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		fmt.Fprintf(&text, "%s: %s\r\n", name, header[name])
	}
	text.WriteString("\r\n")
	text.Write(body)
	return text.String()
}
