package bootstrap

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/collaboration"
	"countersign/internal/config"
)

// Finding is the result of one check of a connection or of stored data.
type Finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Detail describes the checked part, or its error.
	Detail string `json:"detail"`
	// Fix is how to correct an error.
	Fix string `json:"fix,omitempty"`
}

// probeTimeout bounds each probe.
const probeTimeout = 5 * time.Second

// probe checks one connection and returns at least one finding.
type probe func(context.Context) []Finding

// Diagnose tries every connection in the settings of the roles concurrently. It changes
// nothing.
func Diagnose(ctx context.Context, c config.Config, roles ...config.Role) []Finding {
	all := probes(c, roles)
	findings := make([][]Finding, len(all))
	var pending sync.WaitGroup
	for n, run := range all {
		pending.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, probeTimeout)
			defer cancel()
			findings[n] = run(ctx)
		})
	}
	pending.Wait()
	return slices.Concat(findings...)
}

func probes(c config.Config, roles []config.Role) []probe {
	all := []probe{probeDatabase(c)}
	isAPI, isWorker := slices.Contains(roles, config.API), slices.Contains(roles, config.Worker)
	if slices.Contains(roles, config.Migrate) && c.MigrateDatabaseURL != "" {
		all = append(all, probeOwner(c))
	}
	if !isAPI && !isWorker {
		return all
	}
	if c.RedisURL != "" {
		all = append(all, probeRedis(c))
	}
	all = append(all, probeEncryptionKeys(c))
	// A worker that has not started yet needs no other worker.
	all = append(all, probeTemporal(c, isAPI))
	if isAPI {
		all = append(all, probeLogin(c))
	}
	if isWorker {
		all = append(all, probeMail(c.Mail))
		if c.PlatformURL != "" {
			all = append(all, probePlatform(c))
		}
	}
	if c.CatalogueDir != "" {
		all = append(all, probeCatalogue(c))
	}
	if c.OpenTelemetry() != nil {
		all = append(all, probeTraces(c))
	}
	return append(all, probePublicURL(c))
}

func passed(name, detail string) Finding { return Finding{Name: name, OK: true, Detail: detail} }

func failed(name string, err error, fix string) Finding {
	return Finding{Name: name, Detail: message(err), Fix: fix}
}

// newFinding has failed if err is not nil.
func newFinding(name, detail string, err error, fix string) Finding {
	if err != nil {
		return failed(name, err, fix)
	}
	return passed(name, detail)
}

// maxMessage bounds an error's message, because some errors quote a whole page.
const maxMessage = 240

// message returns an error's text in one line and without its code.
func message(err error) string {
	var coded *collaboration.Error
	if errors.As(err, &coded) && coded.Cause != nil {
		err = coded.Cause
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no response within " + probeTimeout.String()
	}
	text := []rune(strings.Join(strings.Fields(err.Error()), " "))
	if len(text) > maxMessage {
		text = append(text[:maxMessage], '…')
	}
	return string(text)
}
