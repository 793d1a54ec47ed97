.DEFAULT_GOAL := help

# REHEARSE runs long rehearsals; append a pattern of test names and -args.
REHEARSE := go test -tags rehearsal ./dev/rehearsal -count=1 -v

# REHEARSING are the files with rehearsals, and REHEARSALS the tests that are rehearsals or longer in one.
REHEARSING = $$(grep -rl --include='*_test.go' '"countersign/internal/rehearsal"' .)
REHEARSALS = ^($$(awk '/^func Test/ { split($$2, name, "(") } /rehearsal\.(Only|Enabled)/ { print name[1] }' $(REHEARSING) | sort -u | paste -sd '|'))$$

run:       ## start the whole stack in one process, on http://localhost:8080
	go run ./dev
test:      ## run all tests in minutes; tests without their server are skipped with a message
	go test work
race:      ## run the product's tests with the race detector, without translated C code, which is four times as fast
	go test -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=modernc.org/libc=-race=false $(FLAGS) ./...
check:     ## run the gate: all tests, rehearsals, race detector, linters
	.ci/run
audit:     ## report known vulnerabilities in called functions
	.ci/audit
generate:  ## generate queries, API description, Go client, expected mail texts
	cd internal/store && CGO_ENABLED=0 go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate
	go test ./api -run TestDescriptionIsFresh -update
	cd client && go run github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2 -config generate/config.yaml ../api/openapi.json
	go test ./internal/mail -update
rehearse:  ## run all rehearsals briefly: chaos, outages, kills, load, releases, runbook, random lifecycles, removed guards
	go test -tags rehearsal -timeout 60m -count=1 $(FLAGS) -run "$(REHEARSALS)" $$(dirname $(REHEARSING) | sort -u)
outages:   ## restart, stop and kill every part under load, for a quarter of an hour, and print the cost
	$(REHEARSE) -timeout 60m -run 'TestRollingRestart|TestOutages' -args -rounds 6
chaos:     ## 200 kills and as many other faults under load, 40 kills of the stack, 20 full disks, 12 clock jumps; SEED=n repeats a run
	$(REHEARSE) -timeout 90m -run 'TestChaos$$|TestStack_KilledAtRandom|TestFullDisk|TestWrongClocks' -args -kills 200 -restarts 40 -fillings 20 -jumps 12 $(if $(SEED),-seed $(SEED))
burst:     ## ten times the capacity for half a minute; rate-limited callers retry
	$(REHEARSE) -timeout 60m -run 'TestBurst$$' -args -burst 30s
waiting:   ## kill every process while 20,000 activations wait, and check that none is lost
	$(REHEARSE) -timeout 120m -run 'TestManyWaiting$$' -args -waiting 20000
mails:     ## queue 10,000 invitations and raise the rate of the mail queue
	$(REHEARSE) -timeout 60m -run 'TestMailRate$$' -args -mails 10000
soak:      ## run an hour of steady load and check memory, files, connections and histories for growth
	$(REHEARSE) -timeout 120m -run 'TestSoak$$' -args -soak 1h
bench:     ## run the benchmarks for twenty minutes and write the results into bench/
	go test ./bench -run '^$$' -bench . -benchtime 1x -timeout 60m -args -rounds 5 -write
histories: ## record the histories of this release
	go test -tags rehearsal ./dev/durability -run TestHistories -args -update
screenshots: ## take the screenshots of the documents
	go test ./dev/browser -run TestScreenshots -args -update
fuzz:      ## run each fuzz test for a minute
	go test ./internal/table -run '^$$' -fuzz FuzzReadCustomers -fuzztime 1m
	go test ./collaboration -run '^$$' -fuzz FuzzVerifyAudit -fuzztime 1m
	go test ./internal/table -run '^$$' -fuzz FuzzReadBatch -fuzztime 1m
	go test ./internal/mail -run '^$$' -fuzz FuzzEvents -fuzztime 1m
	go test ./internal/link -run '^$$' -fuzz FuzzVerify -fuzztime 1m
	go test ./internal/webhook -run '^$$' -fuzz FuzzCheckURL -fuzztime 1m
	go test ./internal/config -run '^$$' -fuzz FuzzLoad -fuzztime 1m
	go test ./internal/codec -run '^$$' -fuzz FuzzDecode -fuzztime 1m
	go test ./api -run '^$$' -fuzz FuzzActivate -fuzztime 1m
	go test ./api -run '^$$' -fuzz FuzzBodies -fuzztime 1m
	go test ./api -run '^$$' -fuzz FuzzForms -fuzztime 1m
model:     ## run random lifecycles of an activation for ten minutes
	go test -tags rehearsal ./workflows -count=1 -timeout 30m -run 'TestRandomLives' -rapid.checks 8000
help:
	@grep -E '^[a-z]+: ' $(MAKEFILE_LIST) | sed 's/: *## /\t/' | expand -t 12

.PHONY: run test race check audit generate rehearse outages chaos burst waiting mails soak bench histories screenshots fuzz model help
