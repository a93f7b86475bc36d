# What the build must know of i386, and nothing else of the build does.

ARCH_FOLDERS  := arch/x86 arch/i386
ARCH_CFLAGS   := $(CFLAGS_32)
ARCH_LDFLAGS  := -m elf_i386
CLANG_TARGET  := i386-unknown-none-elf
# Its entry in GRUB's menu, and the QEMU whose gdb stub shows its registers.
GRUB_ENTRY    := k32
QEMU          := qemu-system-i386
