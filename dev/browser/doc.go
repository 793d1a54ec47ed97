// Package browser tests the pages in a headless Chromium against the whole stack in
// this process. axe-core checks their accessibility. One stack and one browser
// serve all tests: each test has its own windows and its own activations.
//
// The tests are skipped, and say so, where Chromium or axe-core (npm ci in this
// folder) is missing; with COUNTERSIGN_ALLOW_SKIPS=0 they fail.
package browser
