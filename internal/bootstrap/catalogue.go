package bootstrap

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/collaboration/catalogue"
	"countersign/internal/config"
	"countersign/internal/store"
)

// probeCatalogue lists the solutions in the operator's files. The validation of the settings
// has reported their mistakes.
func probeCatalogue(c config.Config) probe {
	return func(ctx context.Context) []Finding {
		solutions, err := c.Catalogue()
		if err == nil {
			err = checkFolders(ctx, c, solutions)
		}
		return []Finding{newFinding("catalogue", describeCatalogue(solutions), err, "correct the files and folders in COUNTERSIGN_CATALOGUE_DIR")}
	}
}

// checkFolders rejects the folder of an office that does not exist: its files would have no
// effect.
func checkFolders(ctx context.Context, c config.Config, solutions collaboration.Catalogue) error {
	if len(solutions.Offices()) == 0 {
		return nil
	}
	db, err := store.Open(ctx, c.DatabaseURL, store.Existing())
	if err != nil {
		return nil // reported by probeDatabase
	}
	defer db.Close()
	existing, err := db.Offices().List(ctx)
	if err != nil {
		return nil // reported by probeDatabase
	}
	for _, id := range solutions.Offices() {
		if !slices.ContainsFunc(existing, func(o Office) bool { return o.ID == id }) {
			return fmt.Errorf("there is no office %q", id)
		}
	}
	return nil
}

// describeCatalogue distinguishes an added solution from one that replaces an embedded
// solution, so that a wrong id is visible.
func describeCatalogue(c collaboration.Catalogue) string {
	parts := append([]string{fmt.Sprintf("solutions: %d", len(c.Solutions()))}, changes(catalogue.Embedded, c)...)
	for _, office := range c.Offices() {
		for _, change := range changes(c, c.For(office)) {
			parts = append(parts, office+" "+change)
		}
	}
	return strings.Join(parts, "; ")
}

// changes lists the solutions that differ.
func changes(before, after collaboration.Catalogue) []string {
	var added, replaced []string
	for _, s := range after.Solutions() {
		if old, exists := before.Solution(s.ID); !exists {
			added = append(added, s.ID)
		} else if !reflect.DeepEqual(old, s) {
			replaced = append(replaced, s.ID)
		}
	}
	var parts []string
	if len(added) > 0 {
		parts = append(parts, "added "+strings.Join(added, ", "))
	}
	if len(replaced) > 0 {
		parts = append(parts, "replaced "+strings.Join(replaced, ", "))
	}
	return parts
}
