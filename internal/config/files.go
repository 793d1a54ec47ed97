package config

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// File names a file of settings: NAME=VALUE lines, with the names that the
// environment has.
const File = Prefix + "CONFIG"

// withFile adds what the file of settings says. The environment wins, also
// where it says that something is empty.
func withFile(environment map[string]string) (map[string]string, error) {
	path := environment[File]
	if path == "" {
		return environment, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s %s", File, unreadable(err))
	}
	all, err := parseFile(string(text))
	if err != nil { // its words quote the file
		return nil, fmt.Errorf("%s names a file whose line %d is not NAME=VALUE", File, badLine(string(text)))
	}
	maps.Copy(all, environment)
	return all, nil
}

// parseFile parses one more line, without which the parser takes a last line
// for good that has a name and no value.
func parseFile(text string) (map[string]string, error) {
	return godotenv.Unmarshal(text + "\n" + File + "=\n")
}

// badLine is the first line without which the rest above can be read.
func badLine(text string) int {
	lines := strings.Split(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := parseFile(strings.Join(lines[:n], "\n")); err == nil {
			return n + 1
		}
	}
	return 1
}

// unread is what is wrong with the files of secrets, by the secret's name.
type unread map[string]string

// withSecrets reads the secrets that stand in files of their own.
func withSecrets(environment map[string]string) (map[string]string, unread) {
	all, wrong := maps.Clone(environment), unread{}
	for _, name := range secrets() {
		value, err := Secret(name, environment)
		if err != nil {
			wrong[name] = err.Error()
		} else if value != "" {
			all[name] = value
		}
	}
	return all, wrong
}

// Secret is what a variable holds, or the file that NAME_FILE names. The error
// names the variables and shows no value.
func Secret(name string, environment map[string]string) (string, error) {
	value, path := environment[name], environment[name+"_FILE"]
	switch {
	case path == "":
		return value, nil
	case value != "":
		return value, fmt.Errorf("%s and %s_FILE are both set", name, name)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE %s", name, unreadable(err))
	}
	if value = withoutNewline(string(text)); value == "" {
		return "", fmt.Errorf("%s_FILE names a file that is empty", name)
	}
	return value, nil
}

// explain says why a secret is not there, instead of that it is not.
func (u unread) explain(problems []string) []string {
	problems = slices.DeleteFunc(problems, func(p string) bool {
		name, notSet := strings.CutSuffix(p, " is not set")
		return notSet && u[name] != ""
	})
	return slices.AppendSeq(problems, maps.Values(u))
}

// withoutNewline is a file's content as it was meant: editors end it with a
// newline. More of them are the secret's own.
func withoutNewline(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }

// unreadable leaves the path out: it may be a secret in the wrong place.
func unreadable(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return "names a file that cannot be read: " + err.Error()
}

// secrets are the names of all that a file of its own may hold.
func secrets() []string {
	names := []string{"TEMPORAL_API_KEY", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}
	for f := range settings(reflect.TypeFor[Config]()) {
		if _, secret := f.Tag.Lookup("secret"); secret {
			names = append(names, Prefix+f.Tag.Get("env"))
		}
	}
	return names
}

// settings are the fields that hold one setting each.
func settings(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for f := range t.Fields() {
			if _, one := f.Tag.Lookup("env"); one {
				if !yield(f) {
					return
				}
			} else if f.Type.Kind() == reflect.Struct {
				for inner := range settings(f.Type) {
					if !yield(inner) {
						return
					}
				}
			}
		}
	}
}
