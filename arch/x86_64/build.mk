# What the build must know of x86_64, and nothing else of the build does.

ARCH_FOLDERS  := arch/x86 arch/x86_64
ARCH_CFLAGS   := $(CFLAGS_64)
ARCH_LDFLAGS  := -m elf_x86_64
CLANG_TARGET  := x86_64-unknown-none-elf
# Its entry in GRUB's menu, and the QEMU whose gdb stub shows its registers.
GRUB_ENTRY    := k64
QEMU          := qemu-system-x86_64
