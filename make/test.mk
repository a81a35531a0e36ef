# SPDX-License-Identifier: MIT
# The tests that run daemons, and everything together.

export PYTHONDONTWRITEBYTECODE := 1

.PHONY: test test-steps integration integration-quick fault fault-quick coverage coverage-report smoke
.PHONY: bench bench-quick bench-compare bench-tools soak
test: ## install what is missing, build, and run every test
	@scripts/install-packages.sh build run test
	@$(MAKE) --no-print-directory test-steps

# Some fault tests run the sanitized daemons too. FUZZ='--beside fuzz' explores new inputs meanwhile, and
# CONTAINERS='--beside compose-images --last compose-test-if-possible' has the tests in containers.
FUZZ ?= fuzz-corpus
CONTAINERS ?=
test-steps:
	@$(MAKE) --no-print-directory -j$(shell nproc) all tools unit-tests
	@$(MAKE) --no-print-directory -j$(shell nproc) SANITIZE=address,undefined all
	@scripts/run-tests.sh $(FUZZ) $(CHECKS) integration-quick fault-quick $(CONTAINERS)

INTEGRATION := $(wildcard tests/integration/*/ tests/e2e/)
integration: all tools ## the daemons from outside, over HTTP
	@POLY_BUILD=$(BUILD) scripts/run-integration.sh $(INTEGRATION)
integration-quick: all tools
	@POLY_BUILD=$(BUILD) scripts/run-integration.sh $(INTEGRATION) -- -m 'not slow'

# A line for each fault on the terminal; each test of it in the file.
FAULT_REPORT ?= $(BUILD)/tests/faults.md
fault: all tools ## injected faults; make fault FAULT_REPORT=docs/faults.md
	@POLY_BUILD=$(BUILD) scripts/run-pytest.sh fault tests/fault --fault-report=$(FAULT_REPORT)
fault-quick: all tools
	@POLY_BUILD=$(BUILD) scripts/run-pytest.sh fault tests/fault -m 'not slow' --fault-report=$(FAULT_REPORT)

COVERAGE_REPORT ?= build/coverage/coverage.md
coverage: ## line coverage by the unit and integration tests; make coverage COVERAGE_REPORT=docs/coverage.md
	@find build/coverage -name '*.gcda' -delete 2>/dev/null || true
	@$(MAKE) --no-print-directory --keep-going COVERAGE=1 unit integration || echo 'coverage: some tests failed'
	@$(MAKE) --no-print-directory coverage-report
coverage-report: ## the same of what has been run with COVERAGE=1 so far
	@/usr/bin/python3 scripts/coverage.py build/coverage --report $(COVERAGE_REPORT)

BENCH ?=
bench: bench-tools ## measure against nginx, pgbench and others; writes bench/report.md
	@/usr/bin/python3 tests/bench/run.py --build $(BUILD) $(BENCH)
bench-quick: bench-tools ## the part for everyday use, in less than three minutes; writes build/bench/report.md
	@/usr/bin/python3 tests/bench/run.py --build $(BUILD) --quick --report $(BUILD)/bench/report.md $(BENCH)
bench-compare: bench-tools ## against bench/baseline.json; make bench-compare BENCH=--quick
	@/usr/bin/python3 tests/bench/run.py --build $(BUILD) --compare --report $(BUILD)/bench/compared.md $(BENCH)
bench-tools:
	@scripts/install-packages.sh build run bench
	@$(MAKE) --no-print-directory all tools

SOAK_MINUTES ?= 120
SOAK ?=
soak: bench-tools ## hours of mixed load with random faults; writes bench/soak.md
	@/usr/bin/python3 tests/bench/soak.py --minutes $(SOAK_MINUTES) $(SOAK)

# One daemon by BASE and DAEMON, or several by BASE_MAIN, BASE_SERVICES, BASE_TRAFFIC, BASE_SSO, BASE_SCHEDULE.
BASE ?=
DAEMON ?= schedule-svc
export BASE_MAIN BASE_SERVICES BASE_TRAFFIC BASE_SSO BASE_SCHEDULE
smoke: ## quick checks of what runs: make smoke BASE_SSO=http://host:port BASE_…=…
	@$(if $(strip $(BASE_MAIN)$(BASE_SERVICES)$(BASE_TRAFFIC)$(BASE_SSO)$(BASE_SCHEDULE)),tests/smoke/all.sh,tests/smoke/$(DAEMON).sh $(BASE))

.PHONY: compose-test compose-test-if-possible compose-images swarm-test
compose-test: ## the platform in containers: build, bring up, try, crash, tear down; as root, or with a Docker Engine that runs
	@scripts/install-packages.sh build run test containers
	@scripts/run-pytest.sh compose-test tests/compose
compose-test-if-possible:
	@scripts/run-containers.sh run compose-test tests/compose
compose-images:
	@scripts/run-containers.sh prepare
swarm-test: ## the same on a Swarm of one node: replicas, rolling updates, a standby that takes over
	@scripts/install-packages.sh build run test containers
	@scripts/run-pytest.sh swarm-test tests/swarm

.PHONY: systemd-test
systemd-test: all tools ## the units under a real systemd, in a container of systemd-nspawn; as root
	@scripts/install-packages.sh systemd
	@POLY_BUILD=$(BUILD) scripts/run-pytest.sh systemd-test tests/systemd
