package api_test

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Any body of any operation gets a success or a problem about the request.
func FuzzBodies(f *testing.F) {
	p := newPlace(f)
	var described struct {
		Paths map[string]map[string]struct {
			RequestBody struct {
				Content map[string]struct{ Example json.RawMessage }
			}
		}
	}
	raw, err := p.s.OpenAPI()
	if err != nil {
		f.Fatal(err)
	}
	if err := json.Unmarshal(raw, &described); err != nil {
		f.Fatal(err)
	}
	var routes []string
	for path, operations := range described.Paths {
		for method, operation := range operations {
			for range operation.RequestBody.Content {
				routes = append(routes, strings.ToUpper(method)+" "+strings.NewReplacer("{", ":", "}", "").Replace(path))
			}
		}
	}
	slices.Sort(routes)
	for i, route := range routes {
		f.Add(byte(i), bodies[route])
		path := strings.NewReplacer(":id", "{id}", ":link", "{link}").Replace(strings.Fields(route)[1])
		for _, content := range described.Paths[path][strings.ToLower(strings.Fields(route)[0])].RequestBody.Content {
			f.Add(byte(i), string(content.Example))
		}
	}
	f.Fuzz(func(t *testing.T, n byte, body string) {
		route := routes[int(n)%len(routes)]
		r := httptest.NewRequest(strings.Fields(route)[0], p.path(route), strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if strings.HasSuffix(route, "csv") || strings.HasSuffix(route, "import") {
			r.Header.Set("Content-Type", "text/csv")
		}
		who := "maja"
		if strings.Contains(route, "collaborations") || strings.Contains(route, "invitations") {
			who = "asa"
		}
		r.Header.Set("Authorization", "Bearer "+who+"-token")
		got := httptest.NewRecorder()
		p.s.ServeHTTP(got, r)
		if got.Code >= 500 || got.Code == 401 || got.Code == 403 {
			t.Errorf("%s: %d\n%q\n%s", route, got.Code, body, got.Body)
		}
	})
}

// Any form gets a page that explains the result.
func FuzzForms(f *testing.F) {
	p := newPlace(f)
	var routes []string
	for _, r := range p.s.Routes() {
		if route := r.Method + " " + r.Path; r.Method == "POST" && !isJSON(route) && r.Path != "/logout" && !slices.Contains(opened, route) {
			routes = append(routes, route)
		}
	}
	slices.Sort(routes)
	for i, route := range routes {
		f.Add(byte(i), "nonce="+strings.Repeat("N", 26)+"&version=3&"+bodies[route])
	}
	f.Add(byte(0), "a=%zz&;=&"+strings.Repeat("a=b&", 100))
	employee, customer := &visitor{h: p.s}, &visitor{h: p.s}
	log := func(v *visitor, email string) string {
		v.send("GET", "/login", nil)
		v.send("GET", callback+url.QueryEscape(email), nil)
		return (&browser{v, nil}).token()
	}
	employees, customers := log(employee, maja.Email), log(customer, asa)
	f.Fuzz(func(t *testing.T, n byte, form string) {
		route := routes[int(n)%len(routes)]
		v, token := employee, employees
		if strings.Contains(route, "/my/") || strings.Contains(route, "/approve/") {
			v, token = customer, customers
		}
		r := httptest.NewRequest("POST", p.path(route), strings.NewReader("token="+token+"&"+form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Cookie", "countersign="+v.cookies["countersign"])
		got := httptest.NewRecorder()
		p.s.ServeHTTP(got, r)
		if got.Code >= 500 || got.Code == 401 || got.Code == 403 || got.Code < 300 && got.Body.Len() == 0 {
			t.Errorf("%s: %d\n%q\n%s", route, got.Code, form, got.Body)
		}
	})
}
