# Compiler flags of freestanding code, each with its reason. The kernel and the extensions use the
# same ones, and so does whoever builds an extension outside the tree: `make sdk` installs this file.

FREESTANDING_CFLAGS := -std=gnu11 -O2 -g
FREESTANDING_CFLAGS += -Wall -Wextra -Wmissing-prototypes -Wstrict-prototypes
# There is no C library.
FREESTANDING_CFLAGS += -ffreestanding
# Debian's compiler makes position independent programs by default.
FREESTANDING_CFLAGS += -fno-pic -fno-pie
# Nobody provides a canary, lands on indirect branches or unwinds by tables.
FREESTANDING_CFLAGS += -fno-stack-protector -fcf-protection=none -fno-asynchronous-unwind-tables
# A backtrace follows frame pointers.
FREESTANDING_CFLAGS += -fno-omit-frame-pointer
# Vector and floating-point registers are not saved on an interrupt.
FREESTANDING_CFLAGS += -mgeneral-regs-only

# An interrupt uses the stack right below the stack pointer: no red zone there.
# Kernel and extensions live in the top 2 GiB: -mcmodel=kernel.
CFLAGS_64 := -m64 -mno-red-zone -mcmodel=kernel
CFLAGS_32 := -m32
