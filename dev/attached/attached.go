package attached

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"

	"countersign/dev/searchattributes"
	"countersign/dev/stack"
)

// prepareTimeout bounds how long Temporal may take to answer before the start.
const prepareTimeout = 20 * time.Second

// Run prepares the namespace and runs the stack until the context ends. It finds
// the Web UI of temporal server start-dev if the options have no URL.
func Run(ctx context.Context, o stack.Options, ready func(stack.Addresses)) error {
	if err := prepare(ctx, o.Temporal); err != nil {
		return err
	}
	if o.Temporal.WebUI == "" {
		o.Temporal.WebUI = findWebUI(ctx, o.Temporal.Address)
	}
	return stack.Run(ctx, o, ready)
}

func prepare(ctx context.Context, t stack.Temporal) error {
	ctx, cancel := context.WithTimeout(ctx, prepareTimeout)
	defer cancel()
	c, err := client.DialContext(ctx, client.Options{
		HostPort: t.Address, Namespace: t.Namespace, Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler)),
	})
	if err != nil {
		return fmt.Errorf("no Temporal answers at %s (start one, for instance with `temporal server start-dev`): %w", t.Address, err)
	}
	defer c.Close()
	_, err = c.WorkflowService().DescribeNamespace(ctx, &workflowservice.DescribeNamespaceRequest{Namespace: t.Namespace})
	if missing := (*serviceerror.NamespaceNotFound)(nil); errors.As(err, &missing) {
		return fmt.Errorf("the Temporal at %s has no namespace %q: create it with `temporal operator namespace create --address %s --namespace %s`", t.Address, t.Namespace, t.Address, t.Namespace)
	} else if err != nil {
		return fmt.Errorf("describe the namespace %q: %w", t.Namespace, err)
	}
	if err := searchattributes.Register(ctx, c, t.Namespace); err != nil {
		return fmt.Errorf("the Temporal at %s: %w", t.Address, err)
	}
	return nil
}

// webUIDistance is how far the port of the Web UI is from the server's in
// temporal server start-dev.
const webUIDistance = 1000

// findWebUI returns "" if no Web UI answers.
func findWebUI(ctx context.Context, address string) string {
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return ""
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return ""
	}
	if ip := net.ParseIP(host); ip.IsLoopback() {
		// A browser keeps the product's login session by host name.
		host = "localhost"
	}
	url := "http://" + net.JoinHostPort(host, strconv.Itoa(port+webUIDistance))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/v1/settings", nil)
	if err != nil {
		return ""
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return ""
	}
	return url
}
