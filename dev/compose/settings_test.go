package compose_test

import (
	"reflect"

	"countersign/internal/config"
)

// settingNames returns the environment variables that any role reads.
func settingNames() []string { return fieldNames(reflect.TypeFor[config.Config]()) }

func fieldNames(t reflect.Type) []string {
	var all []string
	for field := range t.Fields() {
		if name, ok := field.Tag.Lookup("env"); ok {
			all = append(all, config.Prefix+name)
		} else if field.Type.Kind() == reflect.Struct {
			all = append(all, fieldNames(field.Type)...)
		}
	}
	return all
}
