.DEFAULT_GOAL := help

run:       ## everything in one process, nothing installed
	go run ./dev
test:      ## all tests; those that need a missing server say that they were skipped
	go test work
race:      ## the product's tests with the race detector
	go test -race ./...
check:     ## the gate: what must hold before a change lands
	.ci/run
audit:     ## known vulnerabilities in what the product calls
	.ci/audit
generate:  ## queries, API description and its Go client, mail texts
	cd internal/store && CGO_ENABLED=0 go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate
	go test ./api -run TestDescriptionIsFresh -update
	cd client && go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config generate/config.yaml ../api/openapi.json
	go test ./internal/mail -update
outages:   ## restart, stop and kill every part under load, for a quarter of an hour, and print what that costs
	go test ./dev/e2e -count=1 -timeout 60m -v -run 'TestRollingRestart|TestOutages' -args -rounds 6
chaos:     ## 200 kills and as many other faults at random moments under load, 40 kills of the whole stack, 20 full disks, 12 jumps of clocks; SEED=n for those of a run before
	go test ./dev/e2e -count=1 -timeout 90m -v -run 'TestChaos$$|TestTheWholeProcessKilledAtRandom|TestTheDiskIsFull|TestClocksJump' -args -kills 200 -restarts 40 -fillings 20 -jumps 12 $(if $(SEED),-seed $(SEED))
burst:     ## ten times what is served, for half a minute; who is refused comes again
	go test ./dev/e2e -count=1 -timeout 60m -v -run 'TestBurst$$' -args -burst 30s
waiting:   ## 20,000 activations wait, everything is killed, and nothing is lost
	go test ./dev/e2e -count=1 -timeout 120m -v -run 'TestManyWaiting$$' -args -waiting 20000
mails:     ## 10,000 invitations take turns at a few mails a second
	go test ./dev/e2e -count=1 -timeout 60m -v -run 'TestMailsTakeTurns$$' -args -mails 10000
soak:      ## an hour of steady load, in which nothing may grow
	go test ./dev/e2e -count=1 -timeout 120m -v -run 'TestSoak$$' -args -soak 1h
bench:     ## measure, for twenty minutes, and write its results into bench/
	go test ./bench -run '^$$' -bench . -benchtime 1x -timeout 60m -args -rounds 5 -write
histories: ## record the histories of a release anew
	go test ./dev/e2e -run TestHistories -update
screenshots: ## take the README's pictures anew
	go test ./dev/browser -run TestScreenshots -args -update
fuzz:      ## each fuzz test for a minute
	go test ./collaboration -run '^$$' -fuzz FuzzParseCustomers -fuzztime 1m
	go test ./collaboration -run '^$$' -fuzz FuzzVerifyAudit -fuzztime 1m
	go test ./collaboration -run '^$$' -fuzz FuzzParseBatch -fuzztime 1m
	go test ./internal/mail -run '^$$' -fuzz FuzzEvents -fuzztime 1m
	go test ./internal/link -run '^$$' -fuzz FuzzVerify -fuzztime 1m
	go test ./internal/webhook -run '^$$' -fuzz FuzzCheckURL -fuzztime 1m
	go test ./internal/config -run '^$$' -fuzz FuzzLoad -fuzztime 1m
	go test ./internal/codec -run '^$$' -fuzz FuzzDecode -fuzztime 1m
	go test ./api -run '^$$' -fuzz FuzzActivate -fuzztime 1m
	go test ./api -run '^$$' -fuzz FuzzBodies -fuzztime 1m
	go test ./api -run '^$$' -fuzz FuzzForms -fuzztime 1m
model:     ## lives of an activation that nobody thought of, ten minutes of them
	go test ./workflows -timeout 30m -run 'TestEveryLife|TestNoFailure' -rapid.checks 8000
help:
	@grep -E '^[a-z]+: ' $(MAKEFILE_LIST) | sed 's/: *## /\t/' | expand -t 12

.PHONY: run test race check audit generate outages chaos burst waiting mails soak bench histories screenshots fuzz model help
