// Command dev runs all of Countersign, with nothing installed but Go:
//
//	go run ./dev
//	go run ./dev -temporal localhost:7233
//	go run ./dev forward ACTIVATION 12mo
//	go run ./dev token tove@fagelsang.example
//
// It is a launcher that compiles within seconds. It builds one of two programs,
// shows the progress, and replaces itself by that program:
//
//	dev/cmd/embedded   the stack with Temporal's server inside; minutes to compile
//	dev/cmd/attached   the stack on a running Temporal (-temporal), and the commands
//
// The module is separate from the product's, so that the product does not depend
// on Temporal's server.
package main
