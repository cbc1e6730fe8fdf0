# Flotilla. `make help` lists what can be made.
#
# Variables:  BUILD=DIR     folder of the build products (default .build)
#             CONFIG=...    debug or release (default debug)
#             TEST_FLAGS=…  further arguments of `swift test`, for example "--filter RedisTests"

BUILD ?= .build
CONFIG ?= debug
TEST_FLAGS ?=

# Names of further build folders begin like BUILD, so that .gitignore knows them.
UNIT_BUILD = $(BUILD)-unit
PROTO_BUILD = $(BUILD)-proto
UNIT_TESTS = DomainTests WireTests SealTests OLTSimulatorTests ProfileTests OperationsTests WorkerRuntimeTests TidyTests

# The exit status tells: the import check may fail and "Build complete!" be printed all the same.
CHECKED = --explicit-target-dependency-import-check error
SWIFT_FILES = find Package.swift Sources Tests -name '*.swift' ! -name '*.pb.swift' -print0

.DEFAULT_GOAL := help
.PHONY: help deps build test unit demo lint format proto verify clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@sed -n 's/^# \{1,\}\([A-Z_]*=.*\)/  \1/p; s/^# Variables:  \(.*\)/  \1/p' $(MAKEFILE_LIST)

deps: ## Install the Debian packages that are missing, and look for Swift
	@deploy/scripts/deps.sh

build: deps ## Build everything but the tests
	swift build --scratch-path $(BUILD) -c $(CONFIG) $(CHECKED)

test: deps ## Build everything and run all tests, with private servers (minutes)
	swift build --scratch-path $(BUILD) -c $(CONFIG) $(CHECKED) --build-tests
	swift test --scratch-path $(BUILD) -c $(CONFIG) --skip-build $(TEST_FLAGS)

unit: deps ## Run the tests that need no server (seconds once built)
	FLOTILLA_ONLY="$(UNIT_TESTS)" swift test --scratch-path $(UNIT_BUILD) $(CHECKED) $(TEST_FLAGS)

demo: build ## Show Flotilla at work: private servers, simulated OLTs, an orchestrator and two workers
	$(BUILD)/$(CONFIG)/flotilla demo

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
	rm -rf $(BUILD) $(UNIT_BUILD) $(PROTO_BUILD)
