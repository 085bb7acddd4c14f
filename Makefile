# SPDX-License-Identifier: GPL-2.0-or-later
# bisectbox: `make help` lists what there is to make.

BUILD ?= build
PREFIX ?= /usr/local
VERSION := 0.1.0

PACKAGES := glib-2.0 gio-2.0 gio-unix-2.0 libgit2 libvirt libvirt-qemu libguestfs libcjson libarchive libkmod
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 \
	-Wundef -Wwrite-strings $(if $(CI),-Werror)
CFLAGS ?= -O2 -g
CPPFLAGS += -Iharness -D_GNU_SOURCE -DBOX_VERSION='"$(VERSION)"' \
	-DG_LOG_DOMAIN='"bisectbox"' -DGLIB_VERSION_MIN_REQUIRED=GLIB_VERSION_2_66
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS = $(shell pkg-config --libs $(PACKAGES)) -lcrypt -lm
STD := -std=gnu17 -fno-strict-aliasing
Q := $(if $(V),,@)
COMPILE = $(Q)$(CC) $(STD) $(WARN) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP

# One room of the house a folder; the agent and the cases' programs run in the guest.
ROOMS := util verdict search repo inquiry kernel machine image testcase record report revision step loop cmd
LIB_SRC := $(wildcard $(ROOMS:%=harness/%/*.c)) harness/caches.c
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/%.o)
TEST_SRC := $(wildcard harness/tests/unit/test_*.c)
TESTS := $(TEST_SRC:harness/%.c=$(BUILD)/%)
E2E_TESTS ?= $(sort $(wildcard harness/tests/e2e/[1-6]*.t))
GUEST_TESTS := $(filter harness/tests/e2e/5% harness/tests/e2e/6%,$(E2E_TESTS))
LONG_TESTS ?= $(sort $(wildcard harness/tests/e2e/[78]*.t))
E2E_BIN := $(BUILD)/tests/e2e/machine $(BUILD)/tests/e2e/machine_init $(BUILD)/tests/e2e/hostile_init $(BUILD)/tests/fault.so \
	$(BUILD)/tests/proof/proof $(BUILD)/tests/proof/mini
CASE_LIB_SRC := $(wildcard testcases/common/*.c)
CASE_SRC := $(filter-out $(CASE_LIB_SRC),$(wildcard testcases/*/*.c))
CASE_BIN := $(CASE_SRC:%.c=$(BUILD)/%)

MAN := $(patsubst harness/man/%.scd,$(BUILD)/man/%,$(wildcard harness/man/*.scd))

# Programs for arm64 guests, where their compiler is there.
ARM64 := aarch64-linux-gnu-
X86_CASES := $(dir $(shell grep -l '"architectures": \["x86_64"\]' testcases/*/case.json))
ARM64_SRC := $(filter-out $(X86_CASES:%=%%.c),$(CASE_SRC))
ARM64_BIN := $(if $(shell command -v $(ARM64)gcc),$(BUILD)/arm64/agent $(ARM64_SRC:%.c=$(BUILD)/arm64/%))

# Objects stay, for the next make; and a failed one does not end in a list of what it removes.
.SECONDARY:

.PHONY: all
all: $(BUILD)/bisectbox $(BUILD)/agent $(CASE_BIN) $(ARM64_BIN) $(MAN) ## build bisectbox, the agent and the cases' programs

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
$(BUILD)/testcases/%: testcases/%.c $(BUILD)/testcases/common.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -Itestcases -o $@ $< $(BUILD)/testcases/common.a
$(BUILD)/testcases/common/%.o: testcases/common/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -Itestcases -c -o $@ $<
$(BUILD)/testcases/common.a: $(CASE_LIB_SRC:%.c=$(BUILD)/%.o)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/arm64/agent: $(wildcard harness/guest/*.[ch])
	@mkdir -p $(@D)
	$(Q)$(ARM64)gcc $(filter-out -M%,$(GUEST_CFLAGS)) -o $@ $(filter %.c,$^)
$(BUILD)/arm64/testcases/%: testcases/%.c $(BUILD)/arm64/testcases/common.a
	@mkdir -p $(@D)
	$(Q)$(ARM64)gcc $(GUEST_CFLAGS) -Itestcases -o $@ $< $(BUILD)/arm64/testcases/common.a
$(BUILD)/arm64/testcases/common/%.o: testcases/common/%.c
	@mkdir -p $(@D)
	$(Q)$(ARM64)gcc $(GUEST_CFLAGS) -Itestcases -c -o $@ $<
$(BUILD)/arm64/testcases/common.a: $(CASE_LIB_SRC:%.c=$(BUILD)/arm64/%.o)
	@rm -f $@
	$(Q)$(ARM64)ar rcs $@ $^

# A page has its prose from its source, and options and fields from where they are written once.
$(BUILD)/man/%: harness/man/%.scd harness/man/page.pl $(BUILD)/bisectbox testcases/README.md images/README.md
	@mkdir -p $(@D)
	$(Q)harness/man/page.pl $< $(BUILD)/bisectbox $(VERSION) >$@.scd && scdoc <$@.scd >$@.new && mv $@.new $@

# A case's programs outside testcases/, beside their sources.
.PHONY: case
case: ## build the C programs of a case elsewhere: make case CASE=FOLDER
	@test -n "$(wildcard $(CASE)/*.c)" || { echo "make case CASE=FOLDER: there is no .c file in '$(CASE)'"; exit 1; }
	$(foreach source,$(wildcard $(CASE)/*.c),$(CC) $(filter-out -M%,$(GUEST_CFLAGS)) -o $(source:.c=) $(source) &&) true

$(BUILD)/tests/unit/%: $(BUILD)/harness/tests/unit/%.o $(BUILD)/libbisectbox.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(BUILD)/tests/bench/%: $(BUILD)/harness/tests/bench/%.o $(BUILD)/libbisectbox.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# What makes the host fail at a chosen place.
$(BUILD)/tests/fault.so: harness/tests/fault.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(STD) $(WARN) -D_GNU_SOURCE -O2 -fPIC -shared -o $@ $< -ldl

$(BUILD)/tests/proof/%: $(BUILD)/harness/tests/proof/%.o $(BUILD)/libbisectbox.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Drivers of whole parts on real guests, and what they boot.
$(BUILD)/tests/e2e/%_init: harness/tests/e2e/%_init.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(GUEST_CFLAGS) -o $@ $<
$(BUILD)/tests/e2e/machine: $(BUILD)/harness/tests/e2e/machine_fixture.o \
	$(BUILD)/harness/tests/e2e/machine_orphans.o
$(BUILD)/tests/e2e/%: $(BUILD)/harness/tests/e2e/%.o $(BUILD)/libbisectbox.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS)

.PHONY: setup
setup: ## install what is missing (apt, from harness/setup/packages.debian)
	harness/setup/install.sh

# What tests and the demo share: one cache (kernels' objects, image), one history.
CHECK := $(abspath $(BUILD))/check
TEST_ENV = BISECTBOX_DATA=$(CURDIR) BISECTBOX_BUILT=$(abspath $(BUILD))
E2E_ENV = BISECTBOX_CACHE=$(CHECK)/cache RESULTS=$(CHECK)/results HISTORY=$(CHECK)/history \
	BOX=$(abspath $(BUILD))/bisectbox

.PHONY: history
history:
	harness/history/make.sh $(CHECK)/history demo second cases settings repair

# The first make may lack the compiler: install, then build in a make of its own.
.PHONY: demo
demo: setup ## install, build, and find a planted commit in a real kernel tree
	$(MAKE) --no-print-directory all history
	git -C $(CHECK)/history checkout -q -f demo
	cd $(CHECK)/history && BISECTBOX_CACHE=$(CHECK)/cache $(abspath $(BUILD))/bisectbox run --case audit

.PHONY: check
check: setup ## everything that CI checks: lint, fuzz targets, unit tests, e2e tests
	$(MAKE) --no-print-directory -j 2 lint history
	$(MAKE) --no-print-directory fuzz
	$(MAKE) --no-print-directory check-all

# One prove over all tests, so that the last lines count them all, and two at a time: tests that build
# kernels (30 to 49) one after the other; beside them those without kernels (10 to 29), the unit tests,
# and those of guests (50 to 69), which share one kernel, when most of that has been compiled.
RULES := --rules 'seq=harness/tests/e2e/{3,4}*' --rules 'seq=harness/tests/e2e/{1,2}*' \
	--rules 'seq=harness/tests/e2e/{5,6}*' --rules 'seq=$(BUILD)/tests/unit/*'
.PHONY: check-all
check-all: all $(TESTS) $(E2E_BIN) history
	@rm -f $(CHECK)/results/failures
	$(TEST_ENV) $(E2E_ENV) prove --timer -j 2 $(RULES) $(filter-out $(GUEST_TESTS),$(E2E_TESTS)) $(TESTS) $(GUEST_TESTS) || \
		{ tail -n 40 $(CHECK)/results/failures 2>/dev/null; exit 1; }

.PHONY: check-unit
check-unit: all $(TESTS) ## unit tests: no QEMU, no network, no root
	$(TEST_ENV) prove -j 2 $(TESTS)

.PHONY: check-e2e
check-e2e: all $(E2E_BIN) history ## e2e tests: real kernels in real guests (about half an hour)
	$(TEST_ENV) $(E2E_ENV) prove --timer $(E2E_TESTS)

.PHONY: check-long
check-long: all $(E2E_BIN) history ## the e2e tests that take longest: other configurations and architectures, imports; two hours
	$(TEST_ENV) $(E2E_ENV) prove --timer $(LONG_TESTS)

LIGHT_TESTS ?= $(sort $(wildcard harness/tests/e2e/[12]*.t))
.PHONY: check-light
check-light: all $(E2E_BIN) ## e2e tests without kernels: minutes
	$(TEST_ENV) $(E2E_ENV) prove --timer $(LIGHT_TESTS)

# The e2e tests without kernels too; fault.so comes before the sanitizers' runtime there.
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
SANITIZE_ENV = ASAN_OPTIONS=verify_asan_link_order=0:detect_stack_use_after_return=1 \
	LSAN_OPTIONS=suppressions=$(CURDIR)/harness/tests/lsan.supp:print_suppressions=0
.PHONY: check-asan
check-asan: ## unit tests, and the e2e tests without kernels, with ASan, LSan and UBSan
	$(MAKE) --no-print-directory BUILD=build-asan CFLAGS='$(SANITIZE)' check-unit
	$(SANITIZE_ENV) $(MAKE) --no-print-directory BUILD=build-asan CFLAGS='$(SANITIZE)' check-light \
		LIGHT_TESTS='$(filter-out %/28-valgrind.t,$(LIGHT_TESTS))'

# With the kernels of check-e2e; what runs in guests has no sanitizers.
.PHONY: check-asan-e2e
check-asan-e2e: ## all e2e tests with ASan, LSan and UBSan (an hour)
	$(SANITIZE_ENV) $(MAKE) --no-print-directory BUILD=build-asan CHECK=$(CHECK) CFLAGS='$(SANITIZE)' check-e2e \
		E2E_TESTS='$(filter-out %/28-valgrind.t,$(E2E_TESTS))'

# Foreign bytes for each reader of them: harness/tests/fuzz/fuzz_NAME.c, libFuzzer. Only the rooms
# that the readers live in are compiled for it; what clang alone warns of stops nothing.
FUZZ_RUNS ?= 25000
FUZZ_ROOMS := util verdict repo kernel image testcase record
FUZZ_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(FUZZ_ROOMS:%=harness/%/*.c)) harness/step/evidence.c \
	harness/machine/consoles.c harness/machine/inbox.c)
FUZZERS := $(patsubst harness/%.c,$(BUILD)/%,$(wildcard harness/tests/fuzz/fuzz_*.c))
.PHONY: fuzz
fuzz: ## readers of foreign bytes, 25,000 inputs each: FUZZ_SECONDS=600, FUZZ='case journal' for some
	$(MAKE) --no-print-directory -j 2 CI= BUILD=build-fuzz CC=clang CFLAGS='-O1 -g \
		-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined \
		-fno-omit-frame-pointer' fuzzers
	BISECTBOX_DATA=$(CURDIR) FUZZ_RUNS=$(FUZZ_RUNS) FUZZ_SECONDS=$(FUZZ_SECONDS) \
		harness/tests/fuzz/run.sh build-fuzz $(FUZZ)

.PHONY: fuzzers
fuzzers: $(FUZZERS)
$(BUILD)/libfuzz.a: $(FUZZ_OBJ)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^
$(BUILD)/tests/fuzz/%: $(BUILD)/harness/tests/fuzz/%.o $(BUILD)/libfuzz.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# What is by property, on many more random cases than make check has (BISECTBOX_SEED=N repeats one);
# then 200 steps in a row, and what must not grow; then each fuzz target for ten minutes.
SOAK_GRAPHS ?= 10000
SOAK_TESTS := $(patsubst %,$(BUILD)/tests/unit/test_%,search search_git search_paths inquiry repair)
.PHONY: soak
soak: all history $(SOAK_TESTS) ## what takes hours: 10,000 random histories against git itself, 200 steps in a row, fuzz targets
	BISECTBOX_GRAPHS=$(SOAK_GRAPHS) BISECTBOX_SEED=$${BISECTBOX_SEED:-random} $(TEST_ENV) $(E2E_ENV) \
		prove --timer -v $(SOAK_TESTS) harness/tests/soak/grow.sh
	$(MAKE) --no-print-directory fuzz FUZZ_SECONDS=600

.PHONY: bench
bench: all history $(BUILD)/tests/bench/share $(BUILD)/tests/bench/search $(BUILD)/tests/bench/relevance ## time and memory as ratios against what is run beside it (about an hour)
	$(TEST_ENV) $(E2E_ENV) harness/tests/bench/run.sh $(BENCH)

.PHONY: proof
proof: all $(BUILD)/tests/proof/proof ## that the footprint's rule holds: kernels built both ways, and a trace (an hour or two)
	$(TEST_ENV) $(E2E_ENV) CHECK=$(CHECK) PROOF=$(abspath $(BUILD))/tests/proof/proof \
		harness/tests/proof/run.sh $(PROOF_PARTS)

C_FILES = $(shell git ls-files '*.c' '*.h')
TIDY_FILES = $(filter-out harness/tests/% testcases/% harness/guest/%,$(filter %.c,$(C_FILES)))
# gcc analyses without optimising: what it inlines first it takes for uninitialised.
LINT := -DBOX_LINT
.PHONY: lint
lint: ## format, clang-tidy, cppcheck, gcc -fanalyzer, shellcheck, and the rules of the house
	harness/lint/rooms.sh
	@clang-format --dry-run -Werror $(C_FILES)
	@shellcheck -S warning -x -P harness/tests/e2e $(shell git ls-files '*.sh' '*.t' .ci/run)
	@cppcheck --quiet --error-exitcode=1 --std=c11 --enable=warning,portability -j 2 \
		--inline-suppr --library=gtk --suppress=unknownMacro --suppress=missingIncludeSystem \
		-Iharness $(filter %.c,$(C_FILES))
	printf '%s\n' $(TIDY_FILES) | xargs -P 2 -n 8 sh -c 'clang-tidy --quiet "$$@" -- $(STD) $(LINT) \
		$(filter-out -DBOX_VERSION=% -DG_LOG_DOMAIN=%,$(CPPFLAGS)) -DBOX_VERSION=__FILE__ $(PKG_CFLAGS) 2>/dev/null' tidy
	printf '%s\n' $(TIDY_FILES) | xargs -P 2 -n 1 gcc $(STD) $(LINT) -O0 -fanalyzer -Werror \
		-Wno-unused-value $(filter-out -DBOX_VERSION=% -DG_LOG_DOMAIN=%,$(CPPFLAGS)) \
		-DBOX_VERSION=__FILE__ $(PKG_CFLAGS) -c -o /dev/null

.PHONY: format
format: ## lay the C files out as .clang-format says
	clang-format -i $(C_FILES)

# What is shipped as it is; a release has no git to ask.
DATA := $(shell find kconfigs images testcases -type f ! -name '*.[cho]')
DOCS := README.md LICENSE results/README.md $(wildcard harness/docs/*.md)
ROOT = $(DESTDIR)$(PREFIX)
COMPLETIONS := bisectbox.bash:bash-completion/completions/bisectbox _bisectbox:zsh/site-functions/_bisectbox \
	bisectbox.fish:fish/vendor_completions.d/bisectbox.fish
.PHONY: install
install: all ## into PREFIX (and DESTDIR)
	install -D -t $(ROOT)/bin $(BUILD)/bisectbox
	install -D -t $(ROOT)/lib/bisectbox $(BUILD)/agent
	install -D -m 644 -t $(ROOT)/share/man/man1 $(filter %.1,$(MAN))
	install -D -m 644 -t $(ROOT)/share/man/man5 $(filter %.5,$(MAN))
	$(Q)for bin in $(CASE_BIN:$(BUILD)/%=%) $(ARM64_BIN:$(BUILD)/%=%); do \
		install -D $(BUILD)/$$bin $(ROOT)/lib/bisectbox/$$bin || exit; done
	$(Q)for file in $(DATA); do install -D -m 644 $$file $(ROOT)/share/bisectbox/$$file || exit; done
	$(Q)for file in $(DOCS); do install -D -m 644 $$file $(ROOT)/share/doc/bisectbox/$${file#harness/} || exit; done
	$(Q)for pair in $(COMPLETIONS); do \
		install -D -m 644 harness/completions/$${pair%%:*} $(ROOT)/share/$${pair#*:} || exit; done

DEB := $(BUILD)/deb/bisectbox-$(VERSION)
.PHONY: deb
deb: ## a Debian package in build/deb, looked at by lintian
	@command -v dh lintian >/dev/null || { echo 'make deb: apt install debhelper lintian'; exit 128; }
	@rm -rf $(BUILD)/deb && mkdir -p $(DEB)
	$(Q)tar -c --exclude=./.git --exclude='./build*' --exclude='./results/[!R]*' . | tar -x -C $(DEB)
	$(Q)cp -r harness/debian $(DEB)
	cd $(DEB) && env -u MAKEFLAGS -u MAKELEVEL -u BUILD dpkg-buildpackage --no-sign -b >../build.log 2>&1 || { tail -n 30 ../build.log; exit 1; }
	lintian --fail-on error,warning,info $(BUILD)/deb/*.changes
	@ls -l $(BUILD)/deb/*.deb

.PHONY: clean
clean: ## remove what was built
	rm -rf $(BUILD) build-*

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1 \2/p' Makefile | sort | awk '{n=$$1; $$1=""; printf "  %-12s%s\n", n, $$0}'

-include $(shell find $(BUILD)/harness $(BUILD)/testcases $(BUILD)/arm64 -name '*.d' 2>/dev/null)
