// Package config reads the settings of a role from the environment, in one
// typed place, and names every problem at once. Connections to the engine are
// configured by TEMPORAL_* as in every Temporal program.
package config
