# SPDX-License-Identifier: MIT
# Fuzzers: tests/fuzz/fuzz_<name>.c, with seeds in tests/fuzz/corpus/<name>/ and, if any, words in tests/fuzz/<name>.dict.

FUZZ_SECONDS ?= 60
FUZZ_TREE := build/fuzz
FUZZ_SANITIZERS := address,undefined
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_MAKE := $(MAKE) --no-print-directory CC=clang SANITIZE=fuzzer-no-link,$(FUZZ_SANITIZERS) BUILD=$(FUZZ_TREE)

.PHONY: fuzz fuzz-corpus fuzz-programs
fuzz: ## fuzz FUZZ_SECONDS (60) each; what is found stays in build/fuzz/found
	@$(FUZZ_MAKE) -j$(shell nproc) fuzz-programs
	@scripts/run-fuzz.sh explore $(FUZZ_TREE) $(FUZZ_SECONDS) $(FUZZERS)
fuzz-corpus: ## replay the stored corpora
	@$(FUZZ_MAKE) -j$(shell nproc) fuzz-programs
	@scripts/run-fuzz.sh replay $(FUZZ_TREE) 0 $(FUZZERS)

fuzz-programs: $(FUZZERS:%=$(BUILD)/tests/fuzz/fuzz_%)

$(BUILD)/obj/tests/fuzz/%.o: test_include := -I.
$(BUILD)/tests/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(PROGRAM_ARCHIVES) $(LIB)
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)clang -fsanitize=fuzzer,$(FUZZ_SANITIZERS) $(LDFLAGS_ALL) -o $@ $^ $(LIBRARIES)
