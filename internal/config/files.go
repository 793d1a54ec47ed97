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
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// File is the variable with the path of the settings file. It has NAME=VALUE lines with
// the same names as the environment.
const File = Prefix + "CONFIG"

// withSettingsFile adds the settings file. The environment takes precedence, including
// its empty values.
func withSettingsFile(environment map[string]string) (map[string]string, error) {
	path := environment[File]
	if path == "" {
		return environment, nil
	}
	text, err := readText(path)
	if err != nil {
		return nil, fmt.Errorf("%s %s", File, readProblem(err))
	}
	all, err := parseFile(string(text))
	if err != nil { // its message quotes the file
		return nil, fmt.Errorf("%s refers to a file in which line %d is not NAME=VALUE", File, invalidLine(string(text)))
	}
	maps.Copy(all, environment)
	return all, nil
}

// parseFile appends a line, because godotenv accepts an invalid last line.
func parseFile(text string) (map[string]string, error) {
	return godotenv.Unmarshal(text + "\n" + File + "=\n")
}

// invalidLine returns the number of the first line that cannot be parsed.
func invalidLine(text string) int {
	lines := strings.Split(text, "\n")
	for n := len(lines) - 1; n > 0; n-- {
		if _, err := parseFile(strings.Join(lines[:n], "\n")); err == nil {
			return n + 1
		}
	}
	return 1
}

// secretProblems has the problem of each secret file that could not be read, by the
// secret's name.
type secretProblems map[string]string

// withSecretFiles adds the secrets from NAME_FILE.
func withSecretFiles(environment map[string]string) (map[string]string, secretProblems) {
	all, problems := maps.Clone(environment), secretProblems{}
	for _, name := range secretNames() {
		value, err := Secret(name, environment)
		if err != nil {
			problems[name] = err.Error()
		} else if value != "" {
			all[name] = value
		}
	}
	return all, problems
}

// Secret returns the value of a variable, or the content of the file in NAME_FILE. The
// error contains the variables' names and no value.
func Secret(name string, environment map[string]string) (string, error) {
	value, path := environment[name], environment[name+"_FILE"]
	switch {
	case path == "":
		return value, nil
	case value != "":
		return value, fmt.Errorf("%s and %s_FILE are both set", name, name)
	}
	text, err := readText(path)
	if err != nil {
		return "", fmt.Errorf("%s_FILE %s", name, readProblem(err))
	}
	if value = trimNewline(string(text)); value == "" {
		return "", fmt.Errorf("%s_FILE refers to an empty file", name)
	}
	return value, nil
}

// replaceIn reports an unreadable file instead of a missing secret.
func (s secretProblems) replaceIn(problems []string) []string {
	problems = slices.DeleteFunc(problems, func(p string) bool {
		name, notSet := strings.CutSuffix(p, " is not set")
		return notSet && s[name] != ""
	})
	return slices.AppendSeq(problems, maps.Values(s))
}

// trimNewline removes one newline, which editors append. Further newlines belong to the
// secret.
func trimNewline(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }

// readProblem omits the path, which may be a secret in the wrong variable.
func readProblem(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return "refers to a file that cannot be read: " + err.Error()
}

// secretNames returns the variables that may be set by NAME_FILE.
func secretNames() []string {
	names := []string{"TEMPORAL_API_KEY", "OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"}
	for f := range settingFields(reflect.TypeFor[Config]()) {
		if _, secret := f.Tag.Lookup("secret"); secret {
			names = append(names, Prefix+f.Tag.Get("env"))
		}
	}
	return names
}

// settingFields returns the fields with one setting each, including nested structs.
func settingFields(t reflect.Type) iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for f := range t.Fields() {
			if _, isSetting := f.Tag.Lookup("env"); isSetting {
				if !yield(f) {
					return
				}
			} else if f.Type.Kind() == reflect.Struct {
				for inner := range settingFields(f.Type) {
					if !yield(inner) {
						return
					}
				}
			}
		}
	}
}

// readText reads a file as UTF-8. Editors and shells of Windows write UTF-16 or a byte
// order mark.
func readText(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), raw)
	return text, err
}
