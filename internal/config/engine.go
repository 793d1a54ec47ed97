package config

import (
	"fmt"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
)

// Engine is how to reach the engine, as TEMPORAL_* says.
func (c Config) Engine() (client.Options, error) {
	options, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{EnvLookup: variables(c.Temporal)})
	if err != nil {
		return options, fmt.Errorf("TEMPORAL_*: %w", err)
	}
	return options, nil
}

// variables is an environment that is not the process's own.
type variables map[string]string

func (v variables) LookupEnv(name string) (string, bool) { value, ok := v[name]; return value, ok }

func (v variables) Environ() []string {
	var all []string
	for name, value := range v {
		all = append(all, name+"="+value)
	}
	return all
}
