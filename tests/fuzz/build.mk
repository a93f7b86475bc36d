# Fuzz targets, their replay without a fuzzer, and the coverage that they reach.
#
# A target is tests/fuzz/fuzz_<name>.c; <name>_*.c beside it belong to it alone, all else to every one.

FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_COMMON  := tests/fuzz/fuzz.c tests/host/support.c tests/host/host_elf.c \
                tests/host/host_sample.c tests/host/host_link.c
FUZZ_SHARED  := $(filter-out loader/live/%,$(SHARED_SOURCES)) kernel/fs/ustar.c
fuzz_sources  = tests/fuzz/fuzz_$(1).c $(wildcard tests/fuzz/$(1)_*.c)
# $(1) is the folder of objects, $(2) the target.
fuzz_objects  = $(patsubst %.c,$(1)/%.o,$(call fuzz_sources,$(2)) $(FUZZ_COMMON) $(FUZZ_SHARED))

# Quick enough to fuzz, and every finding ends the program.
FUZZ_CC       := clang
FUZZ_CFLAGS   := -std=gnu11 -O2 -g -Wall -Wextra -Werror -I. -Iinclude \
                 -fno-sanitize-recover=all -fsanitize=address,undefined
# Edges are counted; comparisons are not traced, since the mutators know what is worth comparing with.
FUZZ_COVERAGE := -fsanitize-coverage=inline-8bit-counters,pc-table
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=build/fuzz/fuzz_%)

build/fuzz/objects/%.o: %.c Makefile tests/fuzz/build.mk
	$(call compile,FUZZCC,$(FUZZ_CC) $(FUZZ_CFLAGS) $(FUZZ_COVERAGE))
$(FUZZ_PROGRAMS): build/fuzz/fuzz_%: $$(call fuzz_objects,build/fuzz/objects,$$*)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ -lcmocka

# What `make test` runs: the committed inputs, by the compiler and under the sanitizers of host tests.
replay_objects = $(patsubst %.c,build/host/objects/%.o,$(call fuzz_sources,$(1)) tests/fuzz/fuzz.c)
FUZZ_REPLAYS := $(FUZZ_TARGETS:%=build/host/replay_%)
$(FUZZ_REPLAYS): build/host/replay_%: build/host/objects/tests/fuzz/replay.o \
        $$(call replay_objects,$$*) build/host/libmortise.a
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(TEST_CFLAGS) -o $@ $^ $(TEST_LIBS)
host-tests: $(FUZZ_REPLAYS)

# Again by clang, which minds more of what C leaves undefined; a trap wants no library of clang's.
TRAP_CFLAGS  := -std=gnu11 -O1 -g -Wall -Wextra -Werror -I. -Iinclude \
                -fsanitize=undefined -fsanitize-trap=undefined
FUZZ_TRAPS   := $(FUZZ_TARGETS:%=build/trap/replay_%)
trap_objects  = build/trap/objects/tests/fuzz/replay.o $(call fuzz_objects,build/trap/objects,$(1))
build/trap/objects/%.o: %.c Makefile tests/fuzz/build.mk
	$(call compile,TRAPCC,$(FUZZ_CC) $(TRAP_CFLAGS))
$(FUZZ_TRAPS): build/trap/replay_%: $$(call trap_objects,$$*)
	$(call say,TRAPLD,$@)
	$(Q)$(FUZZ_CC) $(TRAP_CFLAGS) -o $@ $^ -lcmocka
host-tests: $(FUZZ_TRAPS)

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_PROGRAMS)

# SECONDS are shared among the targets; RUNS are each target's.
do-fuzz: $(FUZZ_PROGRAMS)
	@/usr/bin/python3 tests/fuzz/fuzz.py $(if $(SECONDS),--seconds $(SECONDS)) \
	    $(if $(RUNS),--runs $(RUNS)) $(or $(TARGET),$(FUZZ_TARGETS))

# The inputs that `make fuzz` has found, as few as reach as much, become the committed ones.
do-fuzz-corpus: $(FUZZ_PROGRAMS)
	@/usr/bin/python3 tests/fuzz/fuzz.py --keep $(or $(TARGET),$(FUZZ_TARGETS))

-include $(patsubst %.c,build/fuzz/objects/%.d,$(wildcard tests/fuzz/*.c) $(FUZZ_COMMON) $(FUZZ_SHARED))
-include $(patsubst %.c,build/host/objects/%.d,$(wildcard tests/fuzz/*.c))
-include $(patsubst %.c,build/trap/objects/%.d,$(wildcard tests/fuzz/*.c) $(FUZZ_COMMON) $(FUZZ_SHARED))
