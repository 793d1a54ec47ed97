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

// everythingLogged has the log lines and spans of all tests.
var everythingLogged = &locked{w: &bytes.Buffer{}}

// TestMain checks the logs of all tests afterwards. They must contain no name, address or
// registration number of a person or company.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, line := range personal(everythingLogged.w.String()) {
		fmt.Println("FAIL: personal data in the log:", line)
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

// anID matches random letters, which may spell a name by chance.
var anID = regexp.MustCompile(`\b(request_id|activation)=\S+`)

var anAddress = regexp.MustCompile(`[\w.+-]+(@|%40)[\w-]+\.[a-z]{2,}`)

// somebodies are the names and addresses of a world's people and companies, and the
// form input of tests.
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

func TestLog_PersonalDataIsDetected(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"error=ake@akes.example", `msg="ÅSA ÖBERG"`, "number=5566778899", "tel 070-123 45 67"} {
		if len(personal("level=INFO\n"+line+"\n")) == 0 {
			t.Errorf("%s was not detected", line)
		}
	}
	if found := personal(`level=INFO msg=request route=/v1/customers/:id status=200 request_id=EE2NQUUZC24LGRTY4FY4MVERAA activation=vera`); len(found) > 0 {
		t.Errorf("false positives %v", found)
	}
}
