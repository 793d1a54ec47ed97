// Package table reads the CSV files and workbooks that an office uploads: customers to import, and
// batches of customers to activate a solution for. The checks of a row's values are
// rules of package collaboration.
//
// A file has a header line. CSV is UTF-8, UTF-16 or Windows-1252, with commas, semicolons
// or tabs, as programs write it. Of a workbook the first sheet is read; formulas and macros
// are rejected. Empty lines are skipped.
package table
