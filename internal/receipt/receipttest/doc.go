// Package receipttest has an approval for tests, and reads the text of a receipt.
package receipttest
