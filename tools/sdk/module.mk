# Builds an extension outside the tree of Mortise. A Makefile that includes it says
#
#   MODULE  := name            built from name.c into name.a, with a 32-bit and a 64-bit member
#   IMPORTS := x.exp           export files of the extensions whose symbols it uses; may be missing
#   MODE_DIFFERENCES := names  symbols in which the two members may differ; may be missing
#
# name.exp lists what it exports, when it exports something. SDK is where the kit is installed.

SDK           ?= /usr
CROSS_COMPILE ?= x86_64-linux-gnu-

include $(SDK)/share/mortise/flags.mk

MODLD := CROSS_COMPILE=$(CROSS_COMPILE) $(SDK)/bin/modld
# The first folder has the kit's <sys/...> alone: in /usr the system's own would be found before.
HEADERS := -I$(SDK)/share/mortise/include -I$(SDK)/include
BINDS := $(patsubst %,-bE:%,$(wildcard $(MODULE).exp)) -bI:$(SDK)/lib/kernex.imp $(IMPORTS:%=-bI:%)

.DEFAULT_GOAL := $(MODULE).a
.PHONY: clean
.DELETE_ON_ERROR:
# The built-in rules would make programs.
.SUFFIXES:

$(MODULE).a: $(MODULE)64.o $(MODULE)32.o
	$(MODLD) --archive $@ $(MODE_DIFFERENCES:%=--allow-mode-difference '%') $^

$(MODULE)64.o $(MODULE)32.o: $(MODULE)%.o: build/$(MODULE)-%.o $(wildcard $(MODULE).exp) $(IMPORTS)
	$(MODLD) -o $@ $(BINDS) $<

build/$(MODULE)-64.o build/$(MODULE)-32.o: build/$(MODULE)-%.o: $(MODULE).c Makefile
	@mkdir -p build
	$(CROSS_COMPILE)gcc $(FREESTANDING_CFLAGS) $(CFLAGS_$*) $(HEADERS) -MMD -MP -c -o $@ $<

-include build/$(MODULE)-64.d build/$(MODULE)-32.d

clean:
	rm -rf build $(MODULE).a $(MODULE)64.o $(MODULE)32.o
