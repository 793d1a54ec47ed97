package worker

// Options returns the options of the worker that polls a task queue.
var Options = options
