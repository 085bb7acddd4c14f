# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox: `make help` lists what there is to make.

BUILD ?= build
PREFIX ?= /usr/local
VERSION := 0.1.0

PACKAGES := glib-2.0 gio-2.0 gio-unix-2.0 libgit2 libvirt libvirt-qemu libguestfs libcjson
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wwrite-strings $(if $(CI),-Werror)
CFLAGS ?= -O2 -g
CPPFLAGS += -Iharness -D_GNU_SOURCE -DBOX_VERSION='"$(VERSION)"' \
	-DG_LOG_DOMAIN='"bisectbox"' -DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_66
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS = $(shell pkg-config --libs $(PACKAGES)) -lm
STD := -std=gnu17 -fno-strict-aliasing
Q := $(if $(V),,@)
COMPILE = $(Q)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP

# One room of the house a folder; the agent and the cases' programs run in the guest.
ROOMS := util verdict search repo kernel machine image testcase record report cmd
LIB_SRC := $(wildcard $(ROOMS:%=harness/%/*.c) harness/driver.c harness/step.c harness/step_exec.c harness/workshop.c)
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
TEST_SRC := $(wildcard harness/tests/unit/test_*.c)
TESTS := $(TEST_SRC:harness/%.c=$(BUILD)/%)
CASE_SRC := $(wildcard testcases/*/*.c)
CASE_BIN := $(CASE_SRC:%.c=$(BUILD)/%)

.PHONY: all
all: $(BUILD)/bisectbox $(BUILD)/agent $(CASE_BIN) ## build bisectbox, the agent and the cases' programs

$(BUILD)/bisectbox: $(BUILD)/harness/main.o $(BUILD)/libbisectbox.a
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/libbisectbox.a: $(LIB_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(COMPILE) -c -o $@ $<

# Programs of the guest: static, libc only, so that the image's libc decides nothing.
GUEST_CFLAGS := $(STD) $(WARN) -D_GNU_SOURCE -Iharness -O2 -static -MMD -MP
$(BUILD)/agent: $(wildcard harness/guest/*.[ch])
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -M%,$(GUEST_CFLAGS)) -o $@ $(filter %.c,$^)
$(BUILD)/testcases/%: testcases/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/harness/tests/unit/%.o $(BUILD)/libbisectbox.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Drivers of whole parts on real guests, and what they boot.
$(BUILD)/tests/e2e/%_init: harness/tests/e2e/%_init.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -o $@ $<
$(BUILD)/tests/e2e/%: $(BUILD)/harness/tests/e2e/%.o $(BUILD)/libbisectbox.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: check-unit
check-unit: all $(TESTS) ## unit tests: no QEMU, no network, no root
	BISECTBOX_DATA=$(CURDIR) BISECTBOX_BUILT=$(abspath $(BUILD)) prove $(TESTS)

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) build-*

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1 \2/p' Makefile | sort | awk '{n=$$1; $$1=""; printf "  %-12s%s\n", n, $$0}'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
