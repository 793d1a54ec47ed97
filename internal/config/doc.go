// Package config reads the settings of a role in one typed place, and names
// every problem at once. They stand in the environment, in a file of settings
// that it names, and, where they are secret, in files of their own. Connections
// to the engine are configured by TEMPORAL_* as in every Temporal program.
package config
