// Package table reads the CSV files that an office uploads: customers to import, and
// batches of customers to activate a solution for. The checks of a row's values are
// rules of package collaboration.
//
// A file is UTF-8 with a header line. Commas separate its fields, or semicolons, as
// Excel writes them in Sweden. Empty lines are skipped.
package table
