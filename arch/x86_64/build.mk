# What the build must know of x86_64, and nothing else of the build does.

ARCH_CFLAGS   := $(CFLAGS_64)
ARCH_LDFLAGS  := -m elf_x86_64
CLANG_TARGET  := x86_64-unknown-none-elf
