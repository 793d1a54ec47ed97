package rehearsal_test

import (
	"testing"

	"countersign/dev/harness"
)

func TestMain(m *testing.M) { harness.Main(m) }
