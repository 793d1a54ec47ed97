package client

import (
	"context"
	"iter"
	"strconv"
)

// Activations iterates over all pages of ListActivations.
func (c *Client) Activations(ctx context.Context, query ListActivationsQuery, options ...Option) iter.Seq2[Activation, error] {
	return pages(query.Cursor, func(cursor string) ([]Activation, string, error) {
		query.Cursor = cursor
		list, err := c.ListActivations(ctx, query, options...)
		if err != nil {
			return nil, "", err
		}
		return list.Items, list.Next, nil
	})
}

// Customers iterates over all pages of ListCustomers.
func (c *Client) Customers(ctx context.Context, query ListCustomersQuery, options ...Option) iter.Seq2[Customer, error] {
	return pages(query.Cursor, func(cursor string) ([]Customer, string, error) {
		query.Cursor = cursor
		list, err := c.ListCustomers(ctx, query, options...)
		if err != nil {
			return nil, "", err
		}
		return list.Items, list.Next, nil
	})
}

// BatchRows iterates over all pages of ListBatchRows.
func (c *Client) BatchRows(ctx context.Context, batch string, query ListBatchRowsQuery, options ...Option) iter.Seq2[BatchRow, error] {
	return pages(query.Cursor, func(cursor int) ([]BatchRow, int, error) {
		query.Cursor = cursor
		list, err := c.ListBatchRows(ctx, batch, query, options...)
		if err != nil {
			return nil, 0, err
		}
		if list.Next == "" {
			return list.Items, 0, nil
		}
		next, err := strconv.Atoi(list.Next)
		return list.Items, next, err
	})
}

// pages yields the items of all pages. An error is the last value that it yields.
func pages[T any, C comparable](cursor C, read func(C) ([]T, C, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var none T
		var end C
		for at := cursor; ; {
			items, next, err := read(at)
			if err != nil {
				yield(none, err)
				return
			}
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if next == end {
				return
			}
			at = next
		}
	}
}
