package config

import (
	"errors"
	"io/fs"
	"os"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
)

// Catalogue returns the embedded solutions, with those in the files of CatalogueDir.
func (c Config) Catalogue() (collaboration.Catalogue, error) {
	if c.CatalogueDir == "" {
		return catalogue.Embedded, nil
	}
	return catalogue.Load(os.DirFS(c.CatalogueDir))
}

// validateCatalogue reports every mistake in the files. Load validates the settings of the
// api and the worker, so neither starts with a mistake.
func (c Config) validateCatalogue(p *problems) {
	const name = "CATALOGUE_DIR"
	_, err := c.Catalogue()
	var invalid *catalogue.InvalidError
	var unreadable *fs.PathError
	switch {
	case err == nil:
	case errors.As(err, &invalid):
		for _, problem := range invalid.Problems {
			p.Add(name, problem)
		}
	case errors.As(err, &unreadable): // without its path, as in readProblem
		p.Add(name, "refers to a directory that cannot be read: "+unreadable.Err.Error())
	default:
		p.Add(name, err.Error())
	}
}
