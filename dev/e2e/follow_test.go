package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"countersign/collaboration"
)

// follow reads an activation's steps as they are done, to the stream's end.
func (o *office) follow(id collaboration.ActivationID) (seen string) {
	request, err := http.NewRequest(http.MethodGet, o.at.API+"/v1/activations/"+string(id)+"/events", nil)
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+o.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err.Error()
	}
	defer response.Body.Close()
	var all []string
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		data, isData := strings.CutPrefix(lines.Text(), "data: ")
		if !isData {
			continue
		}
		var event struct{ Action, State string }
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return err.Error()
		}
		if event.Action == "" {
			event.Action = fmt.Sprintf("end %s", event.State)
		}
		all = append(all, event.Action)
	}
	return strings.Join(all, " ")
}
