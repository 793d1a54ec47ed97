package bootstrap

import (
	"context"
	"fmt"

	"countersign/internal/config"
	"countersign/internal/store"
	"countersign/internal/store/offices"
)

// Offices are the offices of the database.
type Offices = offices.Offices

// Office is an office with the number of its employees.
type Office = offices.Office

// OpenOffices opens the offices of the database. Call closeAll afterwards.
func OpenOffices(ctx context.Context, c config.Config) (all Offices, closeAll func(), err error) {
	db, err := store.Open(ctx, c.DatabaseURL, store.Existing())
	if err != nil {
		return Offices{}, nil, err
	}
	return db.Offices(), func() { db.Close() }, nil
}

// checkOffices says how to begin if there is no office yet.
func checkOffices(ctx context.Context, db *store.Store) Finding {
	n, err := db.Offices().Count(ctx)
	detail := fmt.Sprint(n)
	if n == 0 {
		detail = "no office yet; add one: countersign office add NAME --manager EMAIL"
	}
	return newFinding("offices", detail, err, "run countersign migrate")
}
