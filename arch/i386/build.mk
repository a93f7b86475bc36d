# What the build must know of i386, and nothing else of the build does.

ARCH_CFLAGS   := $(CFLAGS_32)
ARCH_LDFLAGS  := -m elf_i386
CLANG_TARGET  := i386-unknown-none-elf
