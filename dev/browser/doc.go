// Package browser tests the pages as people use them: in a real, headless
// Chromium against the whole stack in this process, with axe-core looking for
// what keeps somebody out. The tests are skipped, loudly, where Chromium or
// axe-core (npm ci in this folder) is missing; with COUNTERSIGN_ALLOW_SKIPS=0
// they fail.
package browser
