/*
 * kernex: turns the kernel's export file into the kernel's export table, as assembler source.
 *
 *   kernex [-m64|-m32] FILE.exp > kernex.S
 *
 * The table is an array of struct kernel_export between kernel_exports_start and kernel_exports_end,
 * in the order of the file. The hashes are computed here, so that none is at boot. A name that the
 * kernel does not define fails its link.
 *
 *   uintptr_t value; const char *name; uint32_t hash; uint32_t mclass;     24 or 16 bytes a row
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/hash.h"
#include "tools/support/report.h"
#include "tools/support/symbol_list.h"

static const char usage[] = "usage: kernex [-m64|-m32] FILE.exp\n"
                            "Writes the kernel's export table, assembler source, to its output.\n";

struct options {
    const char *path;
    bool is_64;
};

static bool admit_once(const struct listed_symbol *symbol, const struct listed_symbol *earlier)
{
    if (earlier != NULL)
        report_error("%s:%u: %s: is listed already, in line %u", symbol->path, symbol->line,
                     symbol->name, earlier->line);
    return earlier == NULL;
}

static void write_label(const char *label)
{
    printf(".globl %s\n%s:\n", label, label);
}

static void write_rows(const struct symbol_list *list, const char *pointer)
{
    write_label("kernel_exports_start");
    for (size_t i = 0; i < list->count; i++) {
        const struct listed_symbol *symbol = list->symbols[i];
        printf("%s %s, .Lname%zu\n.long 0x%08x, %d\n", pointer, symbol->name, i,
               hash_name(symbol->name), symbol->mclass);
    }
    write_label("kernel_exports_end");
}

static void write_names(const struct symbol_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        printf(".Lname%zu: .asciz \"%s\"\n", i, list->symbols[i]->name);
}

static void write_table(const struct symbol_list *list, bool is_64)
{
    puts("/* Written by kernex. Rows: value, name, hash of the name, class. */");
    printf(".section .rodata, \"a\", @progbits\n.balign %d\n", is_64 ? 8 : 4);
    write_rows(list, is_64 ? ".quad" : ".long");
    write_names(list);
    puts(".section .note.GNU-stack, \"\", @progbits");
}

static bool read_options(int argument_count, char **arguments, struct options *options)
{
    *options = (struct options){.is_64 = true};
    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], "-m64") == 0)
            options->is_64 = true;
        else if (strcmp(arguments[i], "-m32") == 0)
            options->is_64 = false;
        else if (arguments[i][0] != '-' && options->path == NULL)
            options->path = arguments[i];
        else
            return false;
    }
    return options->path != NULL;
}

int main(int argument_count, char **arguments)
{
    struct options options;
    if (argument_count == 2 &&
        (strcmp(arguments[1], "-h") == 0 || strcmp(arguments[1], "--help") == 0)) {
        fputs(usage, stdout);
        return 0;
    }
    if (!read_options(argument_count, arguments, &options)) {
        fputs(usage, stderr);
        return 2;
    }

    struct symbol_list list = {0};
    report_open("kernex");
    symbol_list_read(&list, options.path, options.is_64, admit_once);
    if (report_error_count() > 0)
        return 1;
    write_table(&list, options.is_64);
    return fflush(stdout) == 0 && !ferror(stdout) ? 0 : 1;
}
