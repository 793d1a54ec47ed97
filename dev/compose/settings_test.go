package compose_test

import (
	"reflect"

	"countersign/internal/config"
)

// settings are the names of all variables that a role reads.
func settings() []string { return names(reflect.TypeFor[config.Config]()) }

func names(t reflect.Type) []string {
	var all []string
	for field := range t.Fields() {
		if name, ok := field.Tag.Lookup("env"); ok {
			all = append(all, config.Prefix+name)
		} else if field.Type.Kind() == reflect.Struct {
			all = append(all, names(field.Type)...)
		}
	}
	return all
}
