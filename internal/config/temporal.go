package config

import (
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// TemporalClient returns the client options of the TEMPORAL_* variables.
func (c Config) TemporalClient() (client.Options, error) {
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: variables(c.Temporal)})
	if err != nil {
		return options, fmt.Errorf("TEMPORAL_*: %w", err)
	}
	return options, nil
}

// variables is an envconfig.EnvLookup of a given environment.
type variables map[string]string

func (v variables) LookupEnv(name string) (string, bool) { value, ok := v[name]; return value, ok }

func (v variables) Environ() []string {
	var all []string
	for name, value := range v {
		all = append(all, name+"="+value)
	}
	return all
}
