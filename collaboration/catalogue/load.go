package catalogue

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"countersign/collaboration"
)

//go:embed *.json
var files embed.FS

// Embedded has the solutions in the program: one file in this folder for each.
var Embedded = mustLoad(files)

func mustLoad(files fs.FS) collaboration.Catalogue {
	solutions, problems := readFolder(files, ".")
	if len(problems) > 0 {
		panic(strings.Join(problems, "\n"))
	}
	return collaboration.NewCatalogue(solutions...)
}

// Load adds the operator's files to the embedded solutions. A file with the ID of an
// embedded solution replaces it. A subfolder with the ID of an office has files for that
// office only. The error is an InvalidError, or that of reading the directory.
func Load(directory fs.FS) (collaboration.Catalogue, error) {
	entries, err := fs.ReadDir(directory, ".")
	if err != nil {
		return collaboration.Catalogue{}, err
	}
	common, problems := readFolder(directory, ".")
	c := Embedded.With(common...)
	for _, entry := range entries {
		office := entry.Name()
		// Kubernetes mounts the files of a ConfigMap from folders with names that begin with "..".
		if !entry.IsDir() || strings.HasPrefix(office, ".") {
			continue
		}
		own, wrong := readFolder(directory, office)
		problems = append(problems, wrong...)
		c = c.WithOffice(office, own...)
	}
	if len(problems) > 0 {
		return collaboration.Catalogue{}, &InvalidError{Problems: problems}
	}
	return c, nil
}

// InvalidError lists the mistakes in the files.
type InvalidError struct {
	// Problems have the file, the field and the reason, one mistake each.
	Problems []string
}

func (e *InvalidError) Error() string { return strings.Join(e.Problems, "\n") }

// readFolder reads the JSON files of a folder, in the order of their names.
func readFolder(directory fs.FS, folder string) (solutions []collaboration.Solution, problems []string) {
	names, err := fs.Glob(directory, strings.TrimPrefix(folder+"/*.json", "./"))
	if err != nil { // the pattern is invalid: the folder's name has a bracket
		return nil, []string{fmt.Sprintf("%s: the name of the folder is not the id of an office", folder)}
	}
	source := map[string]string{} // the file of each solution
	for _, name := range names {
		s, wrong := readFile(directory, name)
		if first, exists := source[s.ID]; exists && s.ID != "" {
			wrong = append(wrong, fmt.Sprintf("id: %q is also the id of %s", s.ID, first))
		}
		source[s.ID] = name
		for _, mistake := range wrong {
			problems = append(problems, name+": "+mistake)
		}
		solutions = append(solutions, s)
	}
	return solutions, problems
}

// readFile reads one solution. It returns every mistake in the file.
func readFile(directory fs.FS, name string) (collaboration.Solution, []string) {
	raw, err := fs.ReadFile(directory, name)
	if err != nil {
		return collaboration.Solution{}, []string{"cannot be read: " + reason(err)}
	}
	s, problems := decode(raw)
	if s == nil {
		return collaboration.Solution{}, problems
	}
	problems = append(problems, check(*s)...)
	slices.Sort(problems)
	return *s, slices.Compact(problems)
}

// reason omits the path, which the problem already has.
func reason(err error) string {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return err.Error()
}
