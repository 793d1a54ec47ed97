// Package program has the code that the stack's two programs share: signals, settings
// from flags, and the texts on the terminal.
package program
