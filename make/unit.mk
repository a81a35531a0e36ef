# SPDX-License-Identifier: MIT
# Unit tests: one program a file of tests/unit; a daemon's tests link the daemon's objects but main.

UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/*/test_*.c))
TEST_LIBRARIES = $(LIBRARIES) $(shell pkg-config --libs check)
TEST_CFLAGS = $(CFLAGS_ALL) -Itests/support -Ilibpolyshared/src $(shell pkg-config --cflags check)
TEST_SUPPORT := $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/support/*.c))

$(BUILD)/obj/tests/%.o: tests/%.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CPPFLAGS) $(TEST_CFLAGS) $(test_include) -c -o $@ $<

define program_test_rules
$(BUILD)/obj/tests/unit/$(notdir $(1))/%.o: test_include := -I$(1)
$(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/$(notdir $(1))/test_*.c)): $(BUILD)/lib/$(notdir $(1)).a
endef
$(foreach directory,$(PROGRAM_DIRECTORIES),$(eval $(call program_test_rules,$(directory))))

# What only one test is held against.
$(BUILD)/tests/unit/token/test_libjwt: test_libraries := -ljwt

$(BUILD)/tests/unit/%: $(BUILD)/obj/tests/unit/%.o $(TEST_SUPPORT) $(LIB)
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) -pie $(LDFLAGS_ALL) -o $@ $< $(TEST_SUPPORT) $(filter $(PROGRAM_ARCHIVES),$^) $(LIB) $(TEST_LIBRARIES) $(test_libraries)

.PHONY: unit-tests unit valgrind
unit-tests: $(UNIT_TESTS)

unit: $(UNIT_TESTS) ## every unit test, a closing line each
	@scripts/run-unit.sh $(BUILD) $(UNIT_TESTS)

VALGRIND := valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite \
	--show-leak-kinds=definite --vgdb=no --trace-children=yes --trace-children-skip=/bin/*,/usr/bin/*,/usr/lib/postgresql/*
valgrind: $(UNIT_TESTS) ## the unit tests under valgrind
	@POLY_WRAPPER='$(VALGRIND)' scripts/run-unit.sh $(BUILD) $(UNIT_TESTS)

# --- tools of the tests: programs that stand alone, but two, a directory each ---

TOOLS := $(notdir $(patsubst %/,%,$(wildcard tests/tools/*/)))
define tool_rules
$(BUILD)/tests/$(1): $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/tools/$(1)/*.c))
	@mkdir -p $$(@D)
	@echo '  LD $$@'
	$(Q)$(CC) -pie $(LDFLAGS_ALL) -o $$@ $$^ $$(tool_libraries) -lm
endef
$(foreach tool,$(TOOLS),$(eval $(call tool_rules,$(tool))))
# Some use the library: its client, for the tests that hold it against the real sso-svc, and the signer of tokens.
TOOLS_WITH_LIBRARY := $(BUILD)/tests/sso_client $(BUILD)/tests/mint
$(TOOLS_WITH_LIBRARY): $(LIB)
$(TOOLS_WITH_LIBRARY): tool_libraries = $(LIBRARIES)
TOOL_PROGRAMS := $(TOOLS:%=$(BUILD)/tests/%)

# Loaded before a daemon's libraries; never instrumented, so that they go with every build.
PRELOADS := $(patsubst tests/preload/%.c,$(BUILD)/tests/%.so,$(wildcard tests/preload/*.c))
$(PRELOADS): $(BUILD)/tests/%.so: tests/preload/%.c
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) $(CPPFLAGS) -std=c17 -O2 -g -fPIC -shared $(WARNINGS) -o $@ $<

.PHONY: tools
tools: $(TOOL_PROGRAMS) $(PRELOADS)
