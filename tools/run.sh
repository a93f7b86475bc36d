#!/bin/sh
# run.sh [--debug KERNEL.elf] ISO: boots the ISO in QEMU, in a window where there is a display and with
# the serial console in this terminal otherwise. With --debug QEMU waits for gdb, which is started here.
#
# From the environment: ACCEL (tcg), MEMORY in MiB (128), APPEND (the kernel's command line), GRUB_ENTRY
# (boot/grub.cfg; "menu" to choose), QEMU (the program).
# Exit status: 0 when the kernel was left in peace, 1 when it said that it failed.
set -eu

kernel=
if [ "$1" = --debug ]; then
    kernel=$2
    shift 2
fi
iso=$1
log=build/debug-serial.log
qemu=${QEMU:-qemu-system-x86_64}

# A display is worth nothing to a QEMU without the module that draws on it. -display help lists what
# there is, one a line.
window() {
    [ -n "${DISPLAY-}${WAYLAND_DISPLAY-}" ] || return 0
    "$qemu" -display help 2>/dev/null | grep -x -e gtk -e sdl | head -n 1
}

display=$(window)

# GRUB reads these two strings: which entry to start, and the kernel's command line. In an option's
# value QEMU wants commas doubled.
append=$(printf '%s' "${APPEND-}" | sed 's/,/,,/g')
set -- -accel "${ACCEL:-tcg}" -m "${MEMORY:-128}" -nodefaults -vga std -display "${display:-none}" \
    -no-reboot -cdrom "$iso" -boot d \
    -smbios "type=1,serial=${GRUB_ENTRY:-menu},family=${append:- }" \
    -device isa-debug-exit,iobase=0xf4,iosize=0x04

if [ -n "$kernel" ]; then
    echo "QEMU waits for gdb, which knows the kernel's symbols: \"continue\" starts the machine,"
    echo "\"quit\" ends both. The serial console goes to $log."
    exec gdb -q -ex "set confirm off" -ex "file $kernel" \
        -ex "target remote | exec $qemu $(
            for word in "$@"; do printf "'%s' " "$word"; done
        ) -serial file:$log -S -gdb stdio" \
        -ex "hbreak kernel_main"
fi

if [ -n "$display" ]; then
    echo "Mortise runs in a window, its serial console in this terminal. To leave: type \"poweroff\","
    echo "close the window, or press Ctrl-C here."
    set -- "$@" -serial stdio
else
    echo "Mortise's serial console is this terminal. To leave: type \"poweroff\", or press Ctrl-A, then X."
    set -- "$@" -serial mon:stdio
fi

# The exit device makes 33 of a good end and 65 of a bad one. 0 is the user's own way out, or a reset.
status=0
"$qemu" "$@" || status=$?
case $status in
0 | 33) exit 0 ;;
65)
    echo "The kernel ended with a failure." >&2
    exit 1
    ;;
*)
    echo "QEMU ended with status $status." >&2
    exit "$status"
    ;;
esac
