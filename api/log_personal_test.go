package api_test

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// everythingLogged is what all tests together have logged.
var everythingLogged = &locked{w: &bytes.Buffer{}}

// TestMain reads it when they are through: nothing that anybody is called, is
// reached at or is registered under may be there, whatever was asked for.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, line := range personal(everythingLogged.w.String()) {
		fmt.Println("FAIL: somebody is in the log:", line)
		code = 1
	}
	os.Exit(code)
}

func personal(log string) (lines []string) {
	for line := range strings.Lines(log) {
		line = anID.ReplaceAllString(line, "")
		lower := strings.ToLower(line)
		if address := anAddress.FindString(line); address != "" {
			lines = append(lines, address+": "+line)
		}
		for _, who := range somebodies() {
			if strings.Contains(lower, strings.ToLower(who)) {
				lines = append(lines, who+": "+line)
			}
		}
	}
	return lines
}

// anID is made of random letters, which may spell somebody's name.
var anID = regexp.MustCompile(`\b(request_id|activation)=\S+`)

var anAddress = regexp.MustCompile(`[\w.+-]+(@|%40)[\w-]+\.[a-z]{2,}`)

// somebodies are the people and companies of a world, and what tests type into
// forms.
var somebodies = sync.OnceValue(func() []string {
	who := []string{"070-", "linda", "Hår"}
	for _, c := range newWorld().customers {
		who = append(who, c.Name)
		if c.OrganisationNumber != "" {
			who = append(who, string(c.OrganisationNumber))
		}
		for _, a := range c.Administrators {
			if a.Name != "" {
				who = append(who, a.Name, a.Email)
			}
		}
	}
	for _, p := range tokens {
		who = append(who, p.Employee.Name, p.Employee.Email)
	}
	return who
})

func TestPersonalDataWouldBeFound(t *testing.T) {
	for _, line := range []string{"error=ake@akes.example", `msg="ÅSA ÖBERG"`, "number=5566778899", "tel 070-123 45 67"} {
		if len(personal("level=INFO\n"+line+"\n")) == 0 {
			t.Errorf("%s was not found", line)
		}
	}
	if found := personal(`level=INFO msg=request route=/v1/customers/:id status=200 request_id=EE2NQUUZC24LGRTY4FY4MVERAA activation=vera`); len(found) > 0 {
		t.Errorf("found %v", found)
	}
}
