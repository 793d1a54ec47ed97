package harness

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"countersign/collaboration"
)

// Follow reads an activation's event stream to its end and returns the actions, the
// last of them "end" and the state. It returns an error's text if the stream fails,
// because it runs beside the test's goroutine.
func (o *Office) Follow(id collaboration.ActivationID) (actions string) {
	request, err := http.NewRequest(http.MethodGet, o.At.API+"/v1/activations/"+string(id)+"/events", nil)
	if err != nil {
		return err.Error()
	}
	request.Header.Set("Authorization", "Bearer "+o.Token)
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
