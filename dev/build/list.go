package build

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// listedFields contains EmbedFiles because go list otherwise ignores embedded
// files, and reports every package with some, and its importers, as stale.
const listedFields = "ImportPath,Dir,GoFiles,CgoFiles,SFiles,EmbedFiles,Stale,StaleReason"

// onlyLinked is the StaleReason of a program that is compiled but not installed.
const onlyLinked = "not installed but available in build cache"

// listedPackage is a package as go list -json prints it.
type listedPackage struct {
	ImportPath, Dir           string
	GoFiles, CgoFiles, SFiles []string
	Stale                     bool
	StaleReason               string
	bytes                     int64
}

// mustCompile reports whether the package is stale. The go command may still skip it,
// if a changed dependency has the same export data.
func (p listedPackage) mustCompile() bool { return p.Stale && p.StaleReason != onlyLinked }

func parseList(output []byte) (packages []listedPackage, err error) {
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listedPackage
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return packages, nil
		case err != nil:
			return nil, err
		}
		packages = append(packages, p)
	}
}

// measure adds up the sizes of the package's source files.
func (p *listedPackage) measure() {
	for _, name := range slices.Concat(p.GoFiles, p.CgoFiles, p.SFiles) {
		if info, err := os.Stat(filepath.Join(p.Dir, name)); err == nil {
			p.bytes += info.Size()
		}
	}
}
