# Builds an extension outside the tree of Mortise. A Makefile that includes it says
#
#   MODULE  := name            built from name.c into name.a, with a 32-bit and a 64-bit member
#   IMPORTS := x.exp           export files of the extensions whose symbols it uses; may be missing
#   MODE_DIFFERENCES := names  symbols in which the two members may differ; may be missing
#   LIBS    := sys csys        libraries whose members are linked in where they are wanted
#   DEPENDENTS := x.a          archives of shared modules that it imports from and is loaded with
#   LIBPATH := /usr/lib/ext    folders, with : between them, where the kernel looks for those
#   ENTRY   := name_config     the function that configures it
#   SHARED  := yes             makes it a shared module: name.a serves as DEPENDENTS of others
#
# name.exp lists what it exports, when it exports something. SDK is where the kit is installed. Both
# members are called name.o, so that others can import from name.a(name.o) whatever their mode.

SDK           ?= /usr
CROSS_COMPILE ?= x86_64-linux-gnu-

include $(SDK)/share/mortise/flags.mk

MODLD := CROSS_COMPILE=$(CROSS_COMPILE) $(SDK)/bin/modld
# The first folder has the kit's <sys/...> alone: in /usr the system's own would be found before.
HEADERS := -I$(SDK)/share/mortise/include -I$(SDK)/include
BINDS := $(patsubst %,-bE:%,$(wildcard $(MODULE).exp)) -bI:$(SDK)/lib/kernex.imp $(IMPORTS:%=-bI:%)
LINK  := $(ENTRY:%=-e %) $(LIBPATH:%=-blibpath:%) $(if $(SHARED),-bM:SRE)

.DEFAULT_GOAL := $(MODULE).a
.PHONY: clean
.DELETE_ON_ERROR:
# The built-in rules would make programs.
.SUFFIXES:

$(MODULE).a: build/64/$(MODULE).o build/32/$(MODULE).o
	$(MODLD) --archive $@ $(MODE_DIFFERENCES:%=--allow-mode-difference '%') $^

build/64/$(MODULE).o build/32/$(MODULE).o: build/%/$(MODULE).o: build/%/$(MODULE).plain.o \
        $(wildcard $(MODULE).exp) $(IMPORTS) $(DEPENDENTS)
	$(MODLD) -o $@ $(BINDS) $(LINK) $< $(DEPENDENTS) $(LIBS:%=-l%)

build/64/$(MODULE).plain.o build/32/$(MODULE).plain.o: build/%/$(MODULE).plain.o: $(MODULE).c Makefile
	@mkdir -p $(@D)
	$(CROSS_COMPILE)gcc $(FREESTANDING_CFLAGS) $(CFLAGS_$*) $(HEADERS) -MMD -MP -c -o $@ $<

-include build/64/$(MODULE).plain.d build/32/$(MODULE).plain.d

clean:
	rm -rf build $(MODULE).a
