# A machine that does nothing, compiled by the host's compiler to keep the contract honest.

ARCH_FOLDERS  := arch/stub
ARCH_CFLAGS   := $(CFLAGS_64)
ARCH_LDFLAGS  := -m elf_x86_64
CLANG_TARGET  := x86_64-unknown-none-elf
