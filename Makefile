# SPDX-License-Identifier: MIT
# How things are built. `make help` lists the targets; the ones that test, fuzz, install and run are in make/.

VERSION := 0.1.0
PREFIX ?= /usr/local
CC ?= cc

# Each variant has a tree of its own, so that switching costs no rebuild.
SANITIZE ?=
comma := ,
empty :=
variant_parts := $(if $(findstring clang,$(CC)),clang) $(subst $(comma),-,$(SANITIZE)) $(if $(COVERAGE),coverage)
variant := $(subst $(empty) $(empty),-,$(strip $(variant_parts)))
BUILD ?= build$(if $(variant),/$(variant))

DAEMONS := $(patsubst %/main.c,%,$(wildcard *-svc/main.c))
SIMULATOR := $(patsubst %/main.c,%,$(wildcard demo/campus-sim/main.c))
PROGRAMS := $(notdir $(DAEMONS) $(SIMULATOR))
PROGRAM_DIRECTORIES := $(sort $(patsubst %/,%,$(dir $(wildcard *-svc/*.c demo/campus-sim/*.c))))

PACKAGES := libevent libcurl libcjson libsodium libcrypto libpq expat zlib
WITHOUT_LIBRARIES := help packages clean format test run
ifneq ($(filter-out $(WITHOUT_LIBRARIES),$(or $(MAKECMDGOALS),all)),)
LIBRARY_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
endif
LIBRARIES := -levent_core -lcurl -lcjson -lsodium -lcrypto -lpq -lexpat -lz -lmagic -lxlsxwriter -lcrypt -lpthread -lm

WARNINGS := -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wwrite-strings -Wpointer-arith -Wimplicit-fallthrough
HARDENING := -fstack-protector-strong -fstack-clash-protection -fcf-protection
LINK_HARDENING := -Wl,-z,relro,-z,now -Wl,--as-needed
OPTIMISE := -O2
ifeq ($(SANITIZE)$(COVERAGE),)
HARDENING += -D_FORTIFY_SOURCE=2
else
OPTIMISE := $(if $(COVERAGE),-O0,-O1) -fno-omit-frame-pointer
HARDENING :=
LINK_HARDENING :=
endif
INSTRUMENT := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all) \
	$(if $(COVERAGE),--coverage -fprofile-update=atomic)
CPPFLAGS += -D_GNU_SOURCE -DPOLY_VERSION='"$(VERSION)"' -Ilibpolyshared/include
CFLAGS_ALL := -std=c17 $(OPTIMISE) -g -fPIC -pthread -MMD -MP $(WARNINGS) $(HARDENING) $(INSTRUMENT) $(LIBRARY_CFLAGS) $(CFLAGS)
LDFLAGS_ALL := -pthread $(INSTRUMENT) $(LINK_HARDENING) $(LDFLAGS)
# Compiler command lines are shown with V=1.
V ?=
Q := $(if $(V),,@)
BANNED := -include libpolyshared/src/base/banned.h

LIB_SOURCES := $(wildcard libpolyshared/src/*/*.c)
LIB_OBJECTS := $(LIB_SOURCES:%.c=$(BUILD)/obj/%.o)
LIB := $(BUILD)/lib/libpolyshared.a
SHARED_LIB := $(BUILD)/lib/libpolyshared.so
SONAME := libpolyshared.so.0
BINARIES := $(PROGRAMS:%=$(BUILD)/bin/%)

.PHONY: all
all: $(BINARIES) $(LIB) $(SHARED_LIB) ## the daemons, campus-sim and libpolyshared under build/

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile make/*.mk | sort | expand -t 24
	@echo 'Variants: make SANITIZE=address,undefined …, make SANITIZE=thread …, make CC=clang …, make COVERAGE=1 …'

$(BUILD)/obj/libpolyshared/src/%.o: libpolyshared/src/%.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CPPFLAGS) $(BANNED) -Ilibpolyshared/src $(CFLAGS_ALL) -c -o $@ $<

# A fiber switch is a longjmp to another stack, which the fortified longjmp takes for a bug.
$(BUILD)/obj/libpolyshared/src/runtime/fiber.o: CFLAGS_ALL += -U_FORTIFY_SOURCE

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CPPFLAGS) $(BANNED) $(CFLAGS_ALL) -c -o $@ $<

$(LIB): $(LIB_OBJECTS)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(SHARED_LIB): $(LIB_OBJECTS)
	@mkdir -p $(@D)
	@echo '  LD $@'
	$(Q)$(CC) -shared -Wl,-soname,$(SONAME) $(LDFLAGS_ALL) -o $@ $^ $(LIBRARIES)

# --- programs: a daemon is the objects of its directory, its OpenAPI document, migrations and data ---

program_objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard $(1)/*.c)) \
	$(if $(wildcard $(1)/openapi.yaml),$(BUILD)/obj/generated/$(1)/openapi.o) \
	$(if $(wildcard $(1)/migrations/*.sql),$(BUILD)/obj/generated/$(1)/migrations.o) \
	$(patsubst $(1)/data/%.txt,$(BUILD)/obj/generated/$(1)/data/%.o,$(wildcard $(1)/data/*.txt))

define program_rules
$(BUILD)/bin/$(notdir $(1)): $(call program_objects,$(1)) $(LIB)
	@mkdir -p $$(@D)
	@echo '  LD $$@'
	$(Q)$(CC) -pie $(LDFLAGS_ALL) -o $$@ $$^ $(LIBRARIES)
$(BUILD)/lib/$(notdir $(1)).a: $(filter-out %/main.o,$(call program_objects,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	$(Q)$(AR) rcs $$@ $$^
endef
$(foreach directory,$(PROGRAM_DIRECTORIES),$(eval $(call program_rules,$(directory))))
PROGRAM_ARCHIVES := $(patsubst %,$(BUILD)/lib/%.a,$(notdir $(PROGRAM_DIRECTORIES)))

$(BUILD)/generated/%/openapi.c: %/openapi.yaml scripts/embed-openapi.py
	@mkdir -p $(@D)
	$(Q)/usr/bin/python3 scripts/embed-openapi.py $< $@
$(BUILD)/generated/%.c: %.txt scripts/embed-text.py
	@mkdir -p $(@D)
	$(Q)/usr/bin/python3 scripts/embed-text.py $< $@
# The directory is named too, so that a file which goes is noticed.
$(patsubst %,$(BUILD)/generated/%/migrations.c,$(DAEMONS)): $(BUILD)/generated/%/migrations.c: scripts/embed-migrations.py
	@mkdir -p $(@D)
	$(Q)/usr/bin/python3 scripts/embed-migrations.py $*/migrations $@
$(foreach d,$(DAEMONS),$(eval $(BUILD)/generated/$(d)/migrations.c: $(wildcard $(d)/migrations $(d)/migrations/*.sql)))
$(BUILD)/obj/generated/%.o: $(BUILD)/generated/%.c
	@mkdir -p $(@D)
	@echo '  CC $<'
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

.SECONDARY:
.PHONY: clean
clean: ## remove everything that was built
	rm -rf build

include make/unit.mk make/check.mk make/test.mk make/fuzz.mk make/install.mk make/run.mk

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
