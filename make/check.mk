# SPDX-License-Identifier: MIT
# What needs no running daemon: format, headers, layers, warnings of the other compiler, static analysis.

C_FILES := $(sort $(wildcard $(foreach suffix,c h,$(addsuffix /*.$(suffix),libpolyshared/include/poly \
	libpolyshared/src/* *-svc demo/campus-sim tests/unit/* tests/support tests/preload tests/tools/* tests/fuzz))))
PROGRAM_SOURCES := $(wildcard $(addsuffix /*.c,$(PROGRAM_DIRECTORIES)))
GENERATED_SOURCES := $(foreach d,$(DAEMONS),$(if $(wildcard $(d)/openapi.yaml),$(BUILD)/generated/$(d)/openapi.c))

.PHONY: check check-format check-headers check-layers check-clang check-scripts format
CHECKS := check-format check-headers check-layers check-scripts check-clang unit
check: ## format, headers, layers, warnings, unit tests
	@scripts/run-tests.sh $(CHECKS)

check-format:
	@scripts/check-format.sh $(C_FILES)
format: ## rewrite the C files in the house's format
	@scripts/check-format.sh --rewrite $(C_FILES)
check-headers: ## each public header compiles alone, with gcc and clang
	@scripts/check-headers.sh
check-layers: ## who may include whom, and who may know what
	@scripts/check-layers.sh
check-scripts:
	@scripts/check-scripts.sh

CLANG_CHECK := clang $(CPPFLAGS) -std=c17 -fsyntax-only $(WARNINGS)
check-clang: ## every source passes clang's warnings too
	@failed=0; for source in $(LIB_SOURCES) $(PROGRAM_SOURCES); do \
		$(CLANG_CHECK) $(BANNED) -Ilibpolyshared/src $(LIBRARY_CFLAGS) $$source || failed=$$((failed + 1)); done; \
	echo "check-clang: $$(($(words $(LIB_SOURCES) $(PROGRAM_SOURCES)) - failed)) passed, $$failed failed"; \
	test $$failed = 0

# --- static analysis: slow, by hand and in CI ---

.PHONY: analyse analyse-gcc analyse-tidy analyse-cppcheck
analyse: analyse-gcc analyse-tidy analyse-cppcheck ## gcc -fanalyzer, clang-tidy, cppcheck

analyse-gcc:
	@scripts/analyse.sh gcc $(CPPFLAGS) $(BANNED) -Ilibpolyshared/src $(LIBRARY_CFLAGS) -- $(LIB_SOURCES) $(PROGRAM_SOURCES)
analyse-tidy:
	@scripts/analyse.sh tidy $(CPPFLAGS) $(BANNED) -Ilibpolyshared/src $(LIBRARY_CFLAGS) -- $(LIB_SOURCES) $(PROGRAM_SOURCES)
analyse-cppcheck:
	@scripts/analyse.sh cppcheck $(CPPFLAGS) -Ilibpolyshared/src -- $(LIB_SOURCES) $(PROGRAM_SOURCES)
