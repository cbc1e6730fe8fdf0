# Flotilla. `make help` lists what can be made.
#
# Variables:  BUILD=DIR     folder of the build products (default .build)
#             CONFIG=...    debug or release (default debug)
#             ROWS=F01,…    rows of `make faults` (default all)
#             MINUTES=10    how long `make soak` lasts
#             SEED=…        plays the faults of an earlier soak again
#             BENCH_NOTE=…  a sentence about the circumstances of a bench
#             SEEDS=…       stories of `make sim` (default 1000); FROM=… the first seed (default: by the clock)
#             SECONDS=…     how long `make fuzz` runs each fuzzer (default 60); FUZZ_SEED=… its dice (default: others each time)
#             TEST_FLAGS=…  further arguments of the tests, for example "--filter RedisTests"

BUILD ?= .build
CONFIG ?= debug
TEST_FLAGS ?=
SEEDS ?= 1000
FUZZ_SEED ?= 0
FROM ?= $(shell date +%s)
MINUTES ?= 10
# Tests at a time: more than the cores can carry turns deadlines of tests against real servers into luck.
TEST_WIDTH ?= 3
# The tests' own program: `swift test` passes its output on in pieces, and drops a piece that ends within a character.
TEST_RUN = NO_COLOR=1 $(BUILD)/$(CONFIG)/flotillaPackageTests.xctest --testing-library swift-testing

# Names of further build folders begin like BUILD, so that .gitignore knows them.
UNIT_BUILD = $(BUILD)-unit
PROTO_BUILD = $(BUILD)-proto
BENCH_BUILD = $(BUILD)-release
PEERS_VENV = $(BUILD)-peers
WITNESS_VENV = $(BUILD)-snmpsim
# Another Python on the path would miss Debian's python3-gdbm.
DEBIAN_PYTHON = /usr/bin/python3
TSAN_BUILD = $(BUILD)-tsan
ASAN_BUILD = $(BUILD)-asan
FUZZ_BUILD = $(BUILD)-fuzz
UNIT_TESTS = DomainTests WireTests SealTests OLTSimulatorTests ProfileTests OperationsTests TelemetryTests CoordinationTests WorkerRuntimeTests TidyTests
# Reactor, drivers, memory adapters and domain; the rest would bring the HTTP graph.
SANITIZED = sanitizer-check ReactorTests RedisTests PostgresTests AMQPTests SNMPTests LeaseTests DomainTests
FUZZERS = MessageFuzz TableFuzz BERFuzz SimulatorFuzz
SECONDS ?= 60

# The exit status tells: the import check may fail and "Build complete!" be printed all the same.
CHECKED = --explicit-target-dependency-import-check error
SIM_BUILD = $(BUILD)-sim
SIM_BUILD_COMMAND = FLOTILLA_ONLY=simulate swift build --scratch-path $(SIM_BUILD) -c release --product simulate $(CHECKED)
SIM = $(SIM_BUILD)/release/simulate
BENCH_RUN = $(BENCH_BUILD)/release/flotilla bench
BENCH_FLAGS = --markdown docs/benchmarks.md $(if $(BENCH_NOTE),--note "$(BENCH_NOTE)")
# Tells the thread sanitizer about Swift's Mutex: docs/decisions/0015-sanitizers-and-fuzzers.md.
MUTEX_SEEN = $(TSAN_BUILD)/mutex-seen.o
TSAN_FLAGS = --scratch-path $(TSAN_BUILD) --sanitize thread -Xlinker $(abspath $(MUTEX_SEEN))
ASAN_FLAGS = --scratch-path $(ASAN_BUILD) --sanitize address
# XCTest leaks by itself, and no test uses it.
SANITIZED_RUN = --skip-build --disable-xctest --experimental-maximum-parallelization-width $(TEST_WIDTH) $(TEST_FLAGS)
# The linker that Swift would take, gold, stumbles over the sanitizers; coverage needs both names in one flag.
FUZZ_FLAGS = --scratch-path $(FUZZ_BUILD) --sanitize fuzzer -Xswiftc -sanitize=address,fuzzer -Xswiftc -use-ld=lld
FUZZ = deploy/scripts/fuzz.sh --work $(FUZZ_BUILD)-work
SWIFT_FILES = find Package.swift Sources Tests -name '*.swift' ! -name '*.pb.swift' -print0

.DEFAULT_GOAL := help
.PHONY: help deps build test unit demo bench bench-peers bench-small faults faults-small soak soak-small sim sim-small tsan asan fuzz fuzz-small fuzz-build witness lint format proto verify clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@sed -n 's/^# \{1,\}\([A-Z_]*=.*\)/  \1/p; s/^# Variables:  \(.*\)/  \1/p' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that are missing, and look for Swift
	@deploy/scripts/deps.sh

build: deps ## Build everything but the tests
	swift build --scratch-path $(BUILD) -c $(CONFIG) $(CHECKED)

test: deps ## Build everything and run all tests, with private servers (minutes)
	swift build --scratch-path $(BUILD) -c $(CONFIG) $(CHECKED) --build-tests
	$(TEST_RUN) --experimental-maximum-parallelization-width $(TEST_WIDTH) $(TEST_FLAGS)

unit: deps ## Run the tests that need no server (seconds once built)
	FLOTILLA_ONLY="$(UNIT_TESTS)" swift test --scratch-path $(UNIT_BUILD) $(CHECKED) $(TEST_FLAGS)

demo: build ## Show Flotilla at work: private servers, simulated OLTs, an orchestrator and two workers
	$(BUILD)/$(CONFIG)/flotilla demo

bench: deps ## Measure a release build on private servers and write docs/benchmarks.md (BENCH_NOTE="…" is kept with the figures)
	swift build --scratch-path $(BENCH_BUILD) -c release $(CHECKED)
	$(BENCH_RUN) amqp-ceiling $(BENCH_FLAGS)
	$(BENCH_RUN) worker $(BENCH_FLAGS)
	$(BENCH_RUN) pipeline --tasks 100000 $(BENCH_FLAGS)
	$(BENCH_RUN) latency $(BENCH_FLAGS)
	$(BENCH_RUN) footprint $(BENCH_FLAGS)
	$(BENCH_RUN) dlq $(BENCH_FLAGS)
	$(BENCH_RUN) leases $(BENCH_FLAGS)
	$(BENCH_RUN) search $(BENCH_FLAGS)
	$(BENCH_RUN) coordinator $(BENCH_FLAGS)
	$(BENCH_RUN) hour $(BENCH_FLAGS)
	$(BENCH_RUN) snmp-walk $(BENCH_FLAGS)
	$(BENCH_RUN) snmp-get $(BENCH_FLAGS)
	$(BENCH_RUN) snmp-dead $(BENCH_FLAGS)
	$(BENCH_RUN) overload $(BENCH_FLAGS)

bench-peers: deps ## Measure Celery and Dramatiq (from PyPI, in a venv) beside the pipeline in one run, into docs/benchmarks.md
	swift build --scratch-path $(BENCH_BUILD) -c release $(CHECKED)
	python3 -m venv $(PEERS_VENV)
	$(PEERS_VENV)/bin/pip install --quiet --requirement deploy/bench/peers/requirements.txt
	$(BENCH_RUN) peers --python $(PEERS_VENV)/bin/python $(BENCH_FLAGS)

bench-small: build ## Run every bench once, tiny, so that it never rots; the figures are not judged
	$(BUILD)/$(CONFIG)/flotilla bench amqp-ceiling --tasks 1000
	$(BUILD)/$(CONFIG)/flotilla bench worker --tasks 1000 --rounds 1
	$(BUILD)/$(CONFIG)/flotilla bench pipeline --tasks 1000
	$(BUILD)/$(CONFIG)/flotilla bench latency --seconds 1
	$(BUILD)/$(CONFIG)/flotilla bench footprint --seconds 1 --operations 20
	$(BUILD)/$(CONFIG)/flotilla bench dlq --retries 200 --among 1000
	$(BUILD)/$(CONFIG)/flotilla bench leases --cycles 200
	$(BUILD)/$(CONFIG)/flotilla bench search --onus 2000
	$(BUILD)/$(CONFIG)/flotilla bench coordinator --olts 200 --idle 10 --changes 3
	$(BUILD)/$(CONFIG)/flotilla bench hour --olts 10 --seconds 20 --unjudged
	$(BUILD)/$(CONFIG)/flotilla bench snmp-walk --olts 8 --in-flight 8 --rounds 1 --peer-olts 2
	$(BUILD)/$(CONFIG)/flotilla bench snmp-get --olts 4 --in-flight 4 --rounds 1 --peer-olts 1
	$(BUILD)/$(CONFIG)/flotilla bench snmp-dead --olts 100 --rounds 1
	$(BUILD)/$(CONFIG)/flotilla bench overload --olts 5 --minutes 5 --unjudged

faults: build ## Kill, freeze and cut off parts of private fleets, and write docs/faults.md (ROWS=F03,F13 plays only these)
	$(BUILD)/$(CONFIG)/flotilla faults --markdown docs/faults.md $(if $(ROWS),--rows "$(ROWS)")

faults-small: build ## Play two rows, a worker and a broker killed, so that the matrix never rots
	$(BUILD)/$(CONFIG)/flotilla faults --rows F03,F13

soak: build ## Put random faults on a loaded fleet for MINUTES, and write docs/soak.md (SEED=… plays the same ones)
	$(BUILD)/$(CONFIG)/flotilla soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) --markdown docs/soak.md

soak-small: build ## The same for less than a minute, so that it never rots; growth is not judged
	$(BUILD)/$(CONFIG)/flotilla soak --minutes 0.4 --workers 2 $(if $(SEED),--seed $(SEED))

sim: deps ## Play SEEDS stories (default 1000) of a whole fleet in virtual time from a fresh seed, and every known fault
	$(SIM_BUILD_COMMAND)
	$(SIM) --seeds $(SEEDS) --from $(FROM)
	$(SIM) --zoo --seeds 400
	$(SIM) --days 3 --from $(FROM)

sim-small: deps ## Play a fixed set of stories, some fresh ones, and every known fault; check that a seed replays
	$(SIM_BUILD_COMMAND)
	test "$$($(SIM) --seed 21 | tail -n 1)" = "$$($(SIM) --seed 21 | tail -n 1)"
	$(SIM) --seeds 300 --from 1 --every-sight
	$(SIM) --seeds 100 --from $(FROM)
	$(SIM) --zoo --seeds 400
	$(SIM) --days 1 --olts 500 --hours 6

tsan: deps ## Run the tests of reactor, drivers and domain under the thread sanitizer, with private servers
	mkdir -p $(TSAN_BUILD)
	clang -O1 -c Tests/Sanitizers/mutex-seen.c -o $(MUTEX_SEEN)
	FLOTILLA_ONLY="$(SANITIZED)" swift build $(TSAN_FLAGS) $(CHECKED) --build-tests
	$(TSAN_BUILD)/debug/sanitizer-check mutex
	! $(TSAN_BUILD)/debug/sanitizer-check race 2>$(TSAN_BUILD)/race.log
	grep -q 'WARNING: ThreadSanitizer' $(TSAN_BUILD)/race.log
	FLOTILLA_ONLY="$(SANITIZED)" FLOTILLA_PATIENCE=3 swift test $(TSAN_FLAGS) $(SANITIZED_RUN)

asan: deps ## Run the tests of reactor, drivers and domain under the address and leak sanitizers, with private servers
	FLOTILLA_ONLY="$(SANITIZED)" swift build $(ASAN_FLAGS) $(CHECKED) --build-tests
	! $(ASAN_BUILD)/debug/sanitizer-check overflow 2>$(ASAN_BUILD)/overflow.log
	grep -q 'AddressSanitizer: heap-buffer-overflow' $(ASAN_BUILD)/overflow.log
	! $(ASAN_BUILD)/debug/sanitizer-check leak 2>$(ASAN_BUILD)/leak.log
	grep -q 'LeakSanitizer: detected memory leaks' $(ASAN_BUILD)/leak.log
	FLOTILLA_ONLY="$(SANITIZED)" ASAN_OPTIONS=suppressions=$(abspath Tests/Sanitizers/asan.supp) \
		LSAN_OPTIONS=suppressions=$(abspath Tests/Sanitizers/lsan.supp) FLOTILLA_PATIENCE=3 swift test $(ASAN_FLAGS) $(SANITIZED_RUN)

fuzz-build: deps
	FLOTILLA_ONLY="PlantedFuzz $(FUZZERS)" swift build $(FUZZ_FLAGS) $(CHECKED)
	$(FUZZ) $(FUZZ_BUILD)/debug --check

fuzz: fuzz-build ## Fuzz the decoders of messages, AMQP tables and BER, and the simulator, for SECONDS each; a finding is kept and printed
	$(FUZZ) --seconds $(SECONDS) --seed $(FUZZ_SEED) $(FUZZ_BUILD)/debug $(FUZZERS)

fuzz-small: fuzz-build ## Fuzz each for eight seconds
	$(FUZZ) --seconds 8 $(FUZZ_BUILD)/debug $(FUZZERS)

witness: deps ## Read every recording from snmpsim (from PyPI, in a venv) with the engine and with snmpbulkwalk, row for row
	$(DEBIAN_PYTHON) -c 'import dbm.gnu, venv' || { echo 'witness: install python3-gdbm and python3-venv' >&2; exit 1; }
	$(DEBIAN_PYTHON) -m venv --system-site-packages $(WITNESS_VENV)
	$(WITNESS_VENV)/bin/pip install --quiet --requirement deploy/witness/requirements.txt
	FLOTILLA_ONLY=WitnessTests FLOTILLA_SNMPSIM=$(abspath $(WITNESS_VENV))/bin/snmpsim-command-responder CI=true \
		swift test --scratch-path $(UNIT_BUILD)-witness $(CHECKED) --filter WitnessTests $(TEST_FLAGS)

lint: ## Check the format of all Swift files
	@$(SWIFT_FILES) | xargs -0 swift format lint --strict --parallel

format: ## Format all Swift files in place
	@$(SWIFT_FILES) | xargs -0 swift format format --in-place --parallel

proto: deps ## Generate Sources/Wire/Generated from proto/
	FLOTILLA_ONLY=Wire swift build --scratch-path $(PROTO_BUILD) --product protoc-gen-swift
	deploy/scripts/proto.sh generate "$$(FLOTILLA_ONLY=Wire swift build --scratch-path $(PROTO_BUILD) --show-bin-path)/protoc-gen-swift"

verify: lint ## Check that what is generated belongs to its source, and the format
	@deploy/scripts/proto.sh verify

clean: ## Remove all that was built
	rm -rf $(BUILD) $(UNIT_BUILD) $(PROTO_BUILD) $(BENCH_BUILD) $(PEERS_VENV) $(WITNESS_VENV) $(UNIT_BUILD)-witness $(SIM_BUILD) $(TSAN_BUILD) $(ASAN_BUILD) $(FUZZ_BUILD) $(FUZZ_BUILD)-work
