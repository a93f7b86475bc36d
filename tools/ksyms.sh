#!/bin/sh
# Turns `nm -n kernel.elf` on the input into an assembler file with the kernel's own symbol table,
# for backtraces. Empty input gives an empty table, with which the first pass links.
#
#   ksym_count         u32
#   ksym_addresses     u64[ksym_count], ascending
#   ksym_name_offsets  u32[ksym_count], into ksym_names
#   ksym_names         zero-ended names after one zero byte
#
# All of it is in section .ksyms, which the linker script puts after the text: the size of the table
# then moves no function.
exec awk '
    BEGIN { count = 0 }
    $2 == "t" || $2 == "T" { address[count] = $1; name[count++] = $3 }
    END {
        print ".section .ksyms, \"a\""
        print ".balign 8\n.globl ksym_addresses\nksym_addresses:"
        for (i = 0; i < count; i++)
            print ".quad 0x" address[i]
        print ".globl ksym_count\nksym_count:\n.long " count + 0
        print ".globl ksym_name_offsets\nksym_name_offsets:"
        offset = 1
        for (i = 0; i < count; i++) {
            print ".long " offset
            offset += length(name[i]) + 1
        }
        print ".globl ksym_names\nksym_names:\n.byte 0"
        for (i = 0; i < count; i++)
            print ".asciz \"" name[i] "\""
        print ".section .note.GNU-stack, \"\", @progbits"
    }'
