# Mortise. `make help` lists the targets. Everything made goes into build/.
#
#   make run            boots it in QEMU            make test           proves it
#   V=1                 shows the commands          TOOLCHAIN=clang     instead of gcc
#   EXTRA=dir           a folder laid over the initrd
#
# Two layers: the targets that a person types first see to the packages (tools/need.sh), then call
# make again for the work, when every program is there.

ARCH          ?= x86_64
TOOLCHAIN     ?= gcc
CROSS_COMPILE ?= x86_64-linux-gnu-
HOSTCC        ?= gcc
EXTRA         ?=
DESTDIR       ?= build/sdk
JOBS          ?= $(shell nproc 2>/dev/null || echo 1)

# Every machine that there is a kernel for, and what of them the user asked for.
ARCHES        := x86_64 i386
ARCH_GIVEN    := $(filter command environment,$(origin ARCH))
ARCHES_TESTED := $(if $(ARCH_GIVEN),$(ARCH),$(ARCHES))

K := build/$(ARCH)-$(TOOLCHAIN)
M := build/modules-$(TOOLCHAIN)
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-8s %s\n' $(1) $(2)

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:

## Targets that a person types --------------------------------------------------------------------

# The set of packages that each needs.
NEED_all          := build
NEED_iso          := build
NEED_sdk          := build
NEED_run          := run
NEED_debug        := debug
NEED_test         := test
NEED_bench        := test
NEED_fuzz         := fuzz
NEED_fuzz-corpus  := fuzz
NEED_coverage     := fuzz
NEED_mutation     := test
NEED_reliability  := test
NEED_format       := format
NEED_check-format := format
PUBLIC := all iso sdk run debug test bench fuzz fuzz-corpus coverage mutation \
          reliability format check-format

.PHONY: $(PUBLIC) $(PUBLIC:%=do-%) help clean kernel contract objects modules libraries tools host-tests \
        FORCE

$(PUBLIC):
	@tools/need.sh $(NEED_$@)
	@+$(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS)) do-$@

help:
	@echo 'make              kernel, extensions, initrd, ISO, host tools, compile_commands.json'
	@echo 'make run          boot the ISO in QEMU; ARCH=i386, ACCEL=kvm, MEMORY=256, APPEND="loglevel=4"'
	@echo 'make test         build all of it with gcc and clang, run every test; PYTEST="-k name"'
	@echo 'make bench        count what loading costs, compare, write docs/performance.md'
	@echo 'make fuzz         random inputs for every parser; SECONDS=60 in all, RUNS=n each, TARGET=elf'
	@echo 'make coverage     which lines and branches of the loader the tests reach'
	@echo 'make mutation     whether a test fails when a check is taken out; PATHS=loader/image/unify.c'
	@echo 'make reliability  docs/reliability.md of what these three measured last'
	@echo 'make refusals     docs/refusals.md; FOLDER=dir for a file that provokes each refusal'
	@echo 'make iso          build/mortise.iso, with the kernels of every machine'
	@echo 'make debug        QEMU waiting for gdb, gdb attached with symbols loaded'
	@echo 'make sdk          what extensions outside the tree are built with, into DESTDIR=dir'
	@echo 'make format       clang-format on every C file; make check-format only looks'
	@echo 'make clean        remove build/'
	@echo 'EXTRA=dir lays a folder of your files over the initrd (run, iso); V=1 shows commands.'
	@echo 'Pieces: make kernel, objects, modules, libraries, tools, host-tests;'
	@echo '        ARCH=i386, TOOLCHAIN=clang.'

clean:
	$(Q)rm -rf build compile_commands.json

do-all: kernel tools libraries do-iso compile_commands.json
do-iso: build/mortise.iso

# Without ARCH= GRUB's menu offers both kernels; with it that one starts at once.
do-run: build/mortise.iso
	@GRUB_ENTRY=$(if $(ARCH_GIVEN),$(GRUB_ENTRY),menu) tools/run.sh build/mortise.iso

do-debug: build/mortise.iso
	@GRUB_ENTRY=$(GRUB_ENTRY) QEMU=$(QEMU) tools/run.sh --debug $(K)/kernel.elf build/mortise.iso

do-test:
	@+for arch in $(ARCHES_TESTED); do \
	    $(MAKE) --no-print-directory ARCH=$$arch TOOLCHAIN=clang kernel || exit 1; done
	@+$(MAKE) --no-print-directory TOOLCHAIN=clang modules libraries
	@+$(MAKE) --no-print-directory ARCH=stub contract
	@+$(MAKE) --no-print-directory TOOLCHAIN=gcc do-all host-tests
	@ARCHES='$(ARCHES_TESTED)' $(firstword $(wildcard /usr/bin/pytest-3) pytest) tests -n $(JOBS) $(PYTEST)

# Always by gcc, and the 64-bit kernel first: what the peers and the targets were measured for.
do-bench:
	@+$(MAKE) --no-print-directory ARCH=x86_64 TOOLCHAIN=gcc kernel tools modules build/initrd.tar \
	    build/host/test_name_space_cost
	@+$(MAKE) --no-print-directory ARCH=i386 TOOLCHAIN=gcc kernel
	@/usr/bin/python3 tests/bench/bench.py --write docs/performance.md

# Quoted, so that the shell finds the files below each folder.
FORMATTED = find arch boot include kernel lib libcsys libsys loader modules tests tools -name '*.[ch]'

do-format:
	$(Q)$(FORMATTED) | xargs clang-format -i
do-check-format:
	$(Q)$(FORMATTED) | xargs clang-format --dry-run --Werror

## Compilers --------------------------------------------------------------------------------------

include tools/sdk/flags.mk
include arch/$(ARCH)/build.mk

OBJCOPY := $(CROSS_COMPILE)objcopy
NM      := $(CROSS_COMPILE)nm

CC_gcc     := $(CROSS_COMPILE)gcc
LD_gcc     := $(CROSS_COMPILE)ld
# The boot segment is writable and executable until paging is on; that is no accident.
LDFLAGS_gcc := --no-warn-rwx-segments
# Otherwise gcc makes a call of memcpy out of the loop in memcpy.
STRING_CFLAGS_gcc := -fno-builtin -fno-tree-loop-distribute-patterns

# It complains about compiler flags given with assembler files.
CC_clang     := clang --target=$(CLANG_TARGET) -Qunused-arguments
LD_clang     := ld.lld
LDFLAGS_clang :=
STRING_CFLAGS_clang := -fno-builtin

CC := $(CC_$(TOOLCHAIN))
LD := $(LD_$(TOOLCHAIN))

# lib/freestanding stands in for the C library headers that uthash asks for. uthash.h and elf.h are in
# system folders, of which clang looks at none for its target, and gcc not at all for 32 bits.
# The file names in messages and debug information do not depend on where the tree is.
KERNEL_CFLAGS := $(FREESTANDING_CFLAGS) -Werror $(ARCH_CFLAGS) -ffile-prefix-map=$(CURDIR)=. \
                 -I. -Iinclude -Ilib/freestanding \
                 -idirafter /usr/include -idirafter /usr/include/x86_64-linux-gnu
KERNEL_ASFLAGS := $(KERNEL_CFLAGS) -Wa,-Ibuild
# Pages of 4 KiB; no executable stack; no note with a hash in front of the multiboot header.
KERNEL_LDFLAGS := $(ARCH_LDFLAGS) -nostdlib -static -z max-page-size=0x1000 -z noexecstack \
                  --build-id=none $(LDFLAGS_$(TOOLCHAIN))

# Compiles $< to $@ and leaves a fragment of compile_commands.json beside it.
# $(1) what to say, $(2) the compiler with its flags.
define compile
$(call say,$(1),$<)
@mkdir -p $(@D)
$(Q)$(2) -MMD -MP -c -o $@ $<
@printf '{"directory": "%s", "file": "%s", "command": "%s"},\n' '$(CURDIR)' '$<' '$(2) -c -o $@ $<' > $@.json
endef

BUILD_FILES := Makefile tools/sdk/flags.mk arch/$(ARCH)/build.mk

## The kernel -------------------------------------------------------------------------------------

KERNEL_FOLDERS := lib $(ARCH_FOLDERS) boot loader $(wildcard loader/*/) \
                  kernel $(wildcard kernel/*/)
KERNEL_FOLDERS := $(patsubst %/,%,$(KERNEL_FOLDERS))
KERNEL_SOURCES := $(sort $(wildcard $(KERNEL_FOLDERS:%=%/*.c) $(KERNEL_FOLDERS:%=%/*.S)))
KERNEL_OBJECTS := $(patsubst %.c,$(K)/%.o,$(filter %.c,$(KERNEL_SOURCES))) \
                  $(patsubst %.S,$(K)/%.S.o,$(filter %.S,$(KERNEL_SOURCES)))
# The kernel's exports become a table of the same form as an extension's.
KERNEL_OBJECTS += $(if $(wildcard tools/kernex*),$(K)/generated/kernex.S.o)
LINKER_SCRIPT  := $(K)/generated/linker.ld

kernel: $(K)/kernel.elf $(K)/kernel.qemu
objects: $(KERNEL_OBJECTS)

# The kernel in one relocatable piece: what it still misses is the machine's contract.
contract: $(K)/kernel.relocatable
$(K)/kernel.relocatable: $(KERNEL_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(LD) $(ARCH_LDFLAGS) -r -o $@ $(filter %.o,$^)

$(K)/%.o: %.c $(BUILD_FILES)
	$(call compile,CC,$(CC) $(KERNEL_CFLAGS) $(EXTRA_CFLAGS))
$(K)/%.S.o: %.S $(BUILD_FILES)
	$(call compile,AS,$(CC) $(KERNEL_ASFLAGS))
$(K)/generated/%.S.o: $(K)/generated/%.S $(BUILD_FILES)
	$(call compile,AS,$(CC) $(KERNEL_ASFLAGS))

$(K)/lib/string.o $(K)/arch/x86/string.o: EXTRA_CFLAGS := $(STRING_CFLAGS_$(TOOLCHAIN))
$(K)/kernel/device/font.S.o: build/font.psf

$(K)/generated/kernex.S: kernel/kernex.exp build/tools/kernex
	$(call say,KERNEX,$@)
	@mkdir -p $(@D)
	$(Q)build/tools/kernex $(filter -m32 -m64,$(ARCH_CFLAGS)) $< > $@

# -std=c11: without GNU's macros, of which one is called "unix".
$(LINKER_SCRIPT): arch/$(ARCH)/linker.ld $(BUILD_FILES)
	$(call say,CPP,$<)
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -x assembler-with-cpp -std=c11 -I. -MMD -MP -MT $@ -MF $@.d -o $@ $<

# Two passes: the first knows where the functions are, the second holds a table of them. The table
# stands behind the text, so it moves none of them; tools/check-kernel.sh makes sure.
link = $(Q)$(LD) $(KERNEL_LDFLAGS) -T $(LINKER_SCRIPT) -o $@ $(filter %.o,$^)

$(K)/kernel.pass1: $(KERNEL_OBJECTS) $(K)/generated/ksyms-empty.S.o $(LINKER_SCRIPT)
	$(call say,LD,$@)
	$(link)
$(K)/generated/ksyms-empty.S: tools/ksyms.sh
	@mkdir -p $(@D)
	$(Q)tools/ksyms.sh < /dev/null > $@
$(K)/generated/ksyms.S: $(K)/kernel.pass1 tools/ksyms.sh
	$(call say,KSYMS,$@)
	$(Q)$(NM) -n $< | tools/ksyms.sh > $@
$(K)/kernel.elf: $(KERNEL_OBJECTS) $(K)/generated/ksyms.S.o $(LINKER_SCRIPT) tools/check-kernel.sh
	$(call say,LD,$@)
	$(link)
	$(Q)CROSS_COMPILE=$(CROSS_COMPILE) tools/check-kernel.sh $@ $(K)/kernel.pass1

# QEMU's own multiboot loader takes 32-bit ELF files only; this is the same kernel in such a file.
$(K)/kernel.qemu: $(K)/kernel.elf
	$(call say,OBJCOPY,$@)
	$(Q)$(OBJCOPY) -O elf32-i386 --strip-debug $< $@

# The screen's font, from Debian's console-setup-linux or wherever FONT says.
build/font.psf:
	$(call say,FONT,$@)
	@mkdir -p $(@D)
	$(Q)zcat "$(or $(FONT),$$(dpkg -L console-setup-linux | grep '/Uni2-VGA16.psf.gz$$'))" > $@

## Host programs over the kernel's own loader/ and lib/: tools/<name>.c and tools/<name>/*.c --------

# The C library has its own of these two.
SHARED_SOURCES := $(filter-out lib/string.c lib/snprintf.c, \
                  $(wildcard lib/*.c loader/*.c loader/*/*.c))
HOST_CFLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -I. -Iinclude

TOOL_NAMES := $(filter-out sdk support,$(sort $(patsubst %/,%,$(patsubst tools/%,%, \
              $(patsubst %.c,%,$(wildcard tools/*.c)) $(wildcard tools/*/)))))
TOOLS := $(TOOL_NAMES:%=build/tools/%)
tool_objects = $(patsubst %.c,build/tools/objects/%.o,$(wildcard tools/$(1).c tools/$(1)/*.c))
TOOL_SHARED_OBJECTS := $(patsubst %.c,build/tools/objects/%.o, \
                       $(SHARED_SOURCES) $(wildcard tools/support/*.c))
TOOL_OBJECTS := $(TOOL_SHARED_OBJECTS) $(foreach t,$(TOOL_NAMES),$(call tool_objects,$t))

tools: $(TOOLS)

build/tools/objects/%.o: %.c Makefile
	$(call compile,HOSTCC,$(HOSTCC) $(HOST_CFLAGS))
build/tools/libmortise.a: $(TOOL_SHARED_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $^
.SECONDEXPANSION:
$(TOOLS): build/tools/%: $$(call tool_objects,$$*) build/tools/libmortise.a
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) -o $@ $^

## Host tests: tests/host/test_<name>.c is one program; everything under sanitizers ----------------

TEST_CFLAGS := -std=gnu11 -O1 -g -Wall -Wextra -Werror -I. -Iinclude -fno-omit-frame-pointer \
               -fsanitize=address,undefined -fno-sanitize-recover=all
TEST_LIBS   := -lcmocka $(TEST_LIBS)

HOST_TESTS := $(patsubst tests/host/%.c,build/host/%,$(wildcard tests/host/test_*.c))
# Pure parts of the kernel that read foreign bytes, and so are worth a test under sanitizers.
PURE_SOURCES := $(wildcard $(addprefix boot/,arguments.c memory_ranges.c boot_info_fill.c \
                multiboot.c multiboot1.c multiboot2.c) kernel/fs/ustar.c \
                $(addprefix kernel/device/,scancode.c terminal.c))
TEST_OBJECTS := $(patsubst %.c,build/host/objects/%.o, $(SHARED_SOURCES) $(PURE_SOURCES) \
                $(wildcard tests/host/support.c tests/host/host_*.c))

host-tests: $(HOST_TESTS)

build/host/objects/%.o: %.c Makefile
	$(call compile,HOSTCC,$(HOSTCC) $(TEST_CFLAGS))
build/host/libmortise.a: $(TEST_OBJECTS)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $^
$(HOST_TESTS): build/host/%: build/host/objects/tests/host/%.o build/host/libmortise.a
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(TEST_CFLAGS) -o $@ $^ $(TEST_LIBS)

include tests/fuzz/build.mk

# What tests/refusals gives its files to.
build/host/refusals_try: build/host/objects/tests/refusals/try.o build/host/libmortise.a
	$(call say,HOSTLD,$@)
	$(Q)$(HOSTCC) $(TEST_CFLAGS) -o $@ $^ $(TEST_LIBS)
host-tests: build/host/refusals_try

include tests/reliability/build.mk

.PHONY: refusals
refusals:
	@/usr/bin/python3 tests/refusals/document.py docs/refusals.md
	@$(if $(FOLDER),/usr/bin/python3 tests/refusals/make.py '$(FOLDER)')

## Extensions: modules/<name>/<name>.c, for both widths, in one archive ----------------------------

MODULES := hello fmt fortune topdrv bottom ping pong left right
# Extensions whose exports one imports; the kernel's are imported always.
IMPORTS_fortune := fmt
IMPORTS_ping    := pong
IMPORTS_pong    := ping
IMPORTS_left    := ping pong
IMPORTS_right   := ping pong
# Shared modules, and those that are linked with them; where the kernel looks for dependents.
SHARED            := bottom ping pong
DEPENDENTS_topdrv := bottom
LIBPATH_topdrv    := /usr/lib/ext
LIBPATH_left      := /usr/lib/ext
LIBPATH_right     := /usr/lib/ext
# The function that configures one.
ENTRY_topdrv := topdrv_config
ENTRY_left   := left_config
ENTRY_right  := right_config

MODULE_CFLAGS := $(FREESTANDING_CFLAGS) -Werror -I. -Iinclude -ffile-prefix-map=$(CURDIR)=.

MODULES_FOUND := $(foreach m,$(MODULES),$(if $(wildcard modules/$m/$m.c),$m))
MODULE_FILES  := $(if $(filter modld,$(TOOL_NAMES)),$(MODULES_FOUND:%=$(M)/%.a))

modules: $(MODULE_FILES)

$(M)/objects/%-64.o: modules/%.c $(BUILD_FILES)
	$(call compile,CC64,$(CC) $(CFLAGS_64) $(MODULE_CFLAGS))
$(M)/objects/%-32.o: modules/%.c $(BUILD_FILES)
	$(call compile,CC32,$(CC) $(CFLAGS_32) $(MODULE_CFLAGS))

# A shared module's two members have one name, so that importers name either of them alike.
# $(1) is the extension, $(2) the width.
member = $(M)/$(if $(filter $(1),$(SHARED)),$(2)/$(1).o,$(1)$(2).o)
module_options = $(patsubst %,-e %,$(ENTRY_$(1))) $(patsubst %,-blibpath:%,$(LIBPATH_$(1))) \
                 $(if $(filter $(1),$(SHARED)),-bM:SRE)

define module_member
$(member): $(M)/objects/$(1)/$(1)-$(2).o build/tools/modld kernel/kernex.exp \
        $(wildcard modules/$(1)/$(1).exp) $(foreach i,$(IMPORTS_$(1)),modules/$i/$i.exp) \
        $(DEPENDENTS_$(1):%=$(M)/%.a)
	$$(call say,MODLD,$$@)
	@mkdir -p $$(@D)
	$$(Q)CROSS_COMPILE=$(CROSS_COMPILE) build/tools/modld -o $$@ $(module_options) \
	    $(patsubst %,-bE:%,$(wildcard modules/$(1)/$(1).exp)) -bI:kernel/kernex.exp \
	    $(foreach i,$(IMPORTS_$(1)),-bI:modules/$i/$i.exp) $$< $(DEPENDENTS_$(1):%=$(M)/%.a)
endef
$(foreach m,$(MODULES_FOUND),$(foreach w,64 32,$(eval $(call module_member,$m,$w))))

# The 64-bit member comes first.
$(MODULE_FILES): $(M)/%.a: $$(call member,$$*,64) $$(call member,$$*,32)
	$(call say,MODLD,$@)
	$(Q)CROSS_COMPILE=$(CROSS_COMPILE) build/tools/modld --archive $@ $^

## Libraries that extensions are linked with: a function is a file, and a member in each width ------

# build/libs has what gcc makes, and is what the kit gets.
LIBS          := build/libs$(if $(filter clang,$(TOOLCHAIN)),-clang)
LIBRARIES     := libcsys libsys
LIBRARY_FILES := $(LIBRARIES:%=$(LIBS)/%.a)
# What looks like memset in memset stays a loop.
LIBRARY_CFLAGS := $(MODULE_CFLAGS) $(STRING_CFLAGS_$(TOOLCHAIN))

libraries: $(LIBRARY_FILES)

$(LIBS)/objects/%64.o: %.c $(BUILD_FILES)
	$(call compile,CC64,$(CC) $(CFLAGS_64) $(LIBRARY_CFLAGS))
$(LIBS)/objects/%32.o: %.c $(BUILD_FILES)
	$(call compile,CC32,$(CC) $(CFLAGS_32) $(LIBRARY_CFLAGS))

library_members = $(foreach w,64 32,$(patsubst %.c,$(LIBS)/objects/%$w.o,$(wildcard $(1)/*.c)))
$(LIBRARY_FILES): $(LIBS)/%.a: $$(call library_members,$$*)
	$(call say,AR,$@)
	$(Q)rm -f $@ && ar rcsD $@ $^

## initrd and ISO ---------------------------------------------------------------------------------

# Looked at every time, since only the script knows what is in EXTRA; a new file appears only when
# its bytes are new.
build/initrd.tar: $(MODULE_FILES) kernel/kernex.exp FORCE
	$(Q)tools/initrd.sh $@ '$(EXTRA)' $(MODULE_FILES)

# Another compiler's kernel is another ISO, however old it is.
build/iso.toolchain: FORCE
	@mkdir -p $(@D)
	@echo $(TOOLCHAIN) | cmp -s - $@ || echo $(TOOLCHAIN) > $@

# The other machines' kernels are made by a make of their own, after this one's: both use the tools.
ISO_KERNELS := $(ARCHES:%=build/%-$(TOOLCHAIN)/kernel.elf)
$(filter-out $(K)/%,$(ISO_KERNELS)): build/%-$(TOOLCHAIN)/kernel.elf: FORCE | $(K)/kernel.elf
	@+$(MAKE) --no-print-directory ARCH=$* kernel

build/mortise.iso: $(ISO_KERNELS) build/initrd.tar boot/grub.cfg build/iso.toolchain
	$(call say,ISO,$@)
	@rm -rf build/iso && mkdir -p build/iso/boot/grub
	$(Q)$(foreach a,$(ARCHES),$(OBJCOPY) --strip-debug build/$a-$(TOOLCHAIN)/kernel.elf \
	    build/iso/boot/mortise-$a.elf &&) cp build/initrd.tar build/iso/boot/
	@cp boot/grub.cfg build/iso/boot/grub/
	$(Q)grub-mkrescue --locales= --fonts= --themes= -o $@ build/iso > build/iso.log 2>&1 || \
	    { cat build/iso.log; exit 1; }

## For others -------------------------------------------------------------------------------------

# A system has headers of its own named <sys/...>; an old kit may be replaced, that may not.
SDK_HEADER := $(DESTDIR)/usr/include/sys/types.h

do-sdk: build/tools/modld build/tools/modplan $(LIBRARY_FILES)
	@if [ -e $(SDK_HEADER) ] && ! grep -q 'AIX programmers' $(SDK_HEADER); then \
	    echo "sdk: $(SDK_HEADER) belongs to the system: choose a folder by DESTDIR=dir" >&2; \
	    exit 1; fi
	$(call say,SDK,$(DESTDIR)/usr)
	$(Q)install -d $(addprefix $(DESTDIR)/usr/,include/mortise include/sys lib bin share/mortise/include)
	$(Q)install -m 644 include/mortise/*.h $(DESTDIR)/usr/include/mortise/
	$(Q)install -m 644 include/sys/*.h $(DESTDIR)/usr/include/sys/
	$(Q)install -m 644 $(LIBRARY_FILES) $(DESTDIR)/usr/lib/
	$(Q)install -m 644 kernel/kernex.exp $(DESTDIR)/usr/lib/kernex.imp
	$(Q)install -m 755 build/tools/modld build/tools/modplan $(DESTDIR)/usr/bin/
	$(Q)install -m 644 tools/sdk/*.mk $(DESTDIR)/usr/share/mortise/
	$(Q)ln -sfn ../../../include/sys $(DESTDIR)/usr/share/mortise/include/sys

compile_commands.json: $(KERNEL_OBJECTS) $(TOOLS)
	@{ echo '['; find $(K) build/tools build/host -name '*.o.json' -exec cat {} + 2>/dev/null | \
	    sed '$$ s/,$$//'; echo ']'; } > $@

-include $(KERNEL_OBJECTS:.o=.d) $(TOOL_OBJECTS:.o=.d) $(TEST_OBJECTS:.o=.d)
-include $(LINKER_SCRIPT).d
-include $(patsubst build/host/%,build/host/objects/tests/host/%.d,$(HOST_TESTS))
-include build/host/objects/tests/refusals/try.d
-include $(foreach m,$(MODULES_FOUND),$(wildcard $(M)/objects/$m/*.d))
-include $(wildcard $(LIBS)/objects/*/*.d)
