package store

import (
	"context"
	"slices"
	"strings"

	"countersign/collaboration"
	"countersign/internal/store/db"
)

const (
	// atATime is how many customers one query asks for.
	atATime = 10
	// maxOfCustomers bounds what one query returns: decades of a company's life.
	maxOfCustomers = 500
)

// ActivationsOf are the activations of several customers, newest first; of very
// many the newest ones.
func (s *Store) ActivationsOf(ctx context.Context, customers []collaboration.Administration) ([]collaboration.Record, error) {
	ofOffice := map[string][]string{}
	for _, c := range customers {
		ofOffice[c.OfficeID] = append(ofOffice[c.OfficeID], c.CustomerID)
	}
	var all []collaboration.Record
	for office, ids := range ofOffice {
		for some := range slices.Chunk(ids, atATime) {
			rows, err := s.activationsOf(ctx, office, some)
			if err != nil {
				return nil, failure(err)
			}
			for _, row := range rows {
				r, err := record(row)
				if err != nil {
					return nil, failure(err)
				}
				all = append(all, r)
			}
		}
	}
	slices.SortFunc(all, func(a, b collaboration.Record) int {
		if c := b.RequestedAt.Compare(a.RequestedAt); c != 0 {
			return c
		}
		return strings.Compare(string(b.ID), string(a.ID))
	})
	return all, nil
}

// activationsOf asks for up to ten customers; those that are left over stand for
// nobody.
func (s *Store) activationsOf(ctx context.Context, office string, customers []string) ([]db.ActivationRecord, error) {
	var c [atATime]string
	copy(c[:], customers)
	return s.read.ActivationsOfCustomers(ctx, db.ActivationsOfCustomersParams{
		OfficeID: office, MaxRows: maxOfCustomers, CustomerA: c[0], CustomerB: c[1], CustomerC: c[2], CustomerD: c[3], CustomerE: c[4],
		CustomerF: c[5], CustomerG: c[6], CustomerH: c[7], CustomerI: c[8], CustomerJ: c[9],
	})
}
