// Command dev runs all of Countersign in one process, with nothing installed:
//
//	go run ./dev
//	go run ./dev forward ACTIVATION 12mo
//	go run ./dev token tove@fagelsang.example
//
// It is a module of its own, so that the engine it embeds stays out of what
// the product depends on.
package main
