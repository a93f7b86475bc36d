#!/bin/sh
# check-kernel.sh KERNEL PASS1: what the build promises of a linked kernel, checked.
set -eu

kernel=$1
pass1=$2
prefix=${CROSS_COMPILE-x86_64-linux-gnu-}

fail() {
    echo "$kernel: $1" >&2
    exit 1
}

grub-file --is-x86-multiboot "$kernel" || fail "no multiboot 1 header in the first 8 KiB"
grub-file --is-x86-multiboot2 "$kernel" || fail "no multiboot 2 header in the first 32 KiB"

# qemu -kernel gets these addresses in 32 bits.
"${prefix}readelf" -lW "$kernel" | awk '
    /^Entry point/ && length($3) > 10 { high = 1 }
    $1 == "LOAD" && length($4) > 10 && $4 !~ /^0x00000000/ { high = 1 }
    END { exit high }' || fail "its entry or a physical address is above 4 GiB"

# The backtrace's table was made from the first pass: it must be true of the second.
text_symbols() {
    "${prefix}nm" -n "$1" | awk '$2 == "t" || $2 == "T"'
}
[ "$(text_symbols "$kernel")" = "$(text_symbols "$pass1")" ] ||
    fail "functions moved between the two link passes (does .ksyms stand behind the text?)"
