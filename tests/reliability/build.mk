# What the tests reach, whether they bite, and the page about it.

# Unoptimised, so that every line and branch is there to be counted.
COVERAGE_CFLAGS := -std=gnu11 -O0 -g -w -I. -Iinclude -fprofile-instr-generate -fcoverage-mapping
coverage_object = $(patsubst %.c,build/coverage/objects/%.o,$(1))
COVERAGE_TESTS  := $(patsubst build/host/%,build/coverage/%,$(HOST_TESTS))
COVERAGE_REPLAYS := $(FUZZ_TARGETS:%=build/coverage/replay_%)
COVERAGE_PROGRAMS := $(COVERAGE_TESTS) $(COVERAGE_REPLAYS) build/coverage/refusals_try

build/coverage/objects/%.o: %.c Makefile
	$(call compile,COVCC,$(FUZZ_CC) $(COVERAGE_CFLAGS))
build/coverage/libmortise.a: $(TEST_OBJECTS:build/host/%=build/coverage/%)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $^
$(COVERAGE_TESTS): build/coverage/%: build/coverage/objects/tests/host/%.o
replay_sources = tests/fuzz/replay.c tests/fuzz/fuzz.c $(call fuzz_sources,$(1))
$(COVERAGE_REPLAYS): build/coverage/replay_%: $$(call coverage_object,$$(call replay_sources,$$*))
build/coverage/refusals_try: build/coverage/objects/tests/refusals/try.o
$(COVERAGE_PROGRAMS): build/coverage/libmortise.a
	$(call say,COVLD,$@)
	$(Q)$(FUZZ_CC) $(COVERAGE_CFLAGS) -o $@ $(filter %.o,$^) build/coverage/libmortise.a $(TEST_LIBS)

do-coverage: $(COVERAGE_PROGRAMS)
	@/usr/bin/python3 tests/reliability/coverage.py

# It links the tests itself, with the changed sources in front of the library.
MUTATION_OBJECTS := $(patsubst %.c,build/host/objects/%.o,$(wildcard tests/host/test_*.c tests/fuzz/*.c) \
                    tests/refusals/try.c)
do-mutation: build/host/libmortise.a $(MUTATION_OBJECTS)
	@/usr/bin/python3 tests/mutation/mutation.py $(PATHS)

do-reliability:
	@/usr/bin/python3 tests/reliability/report.py
