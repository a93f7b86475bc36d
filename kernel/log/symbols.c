/* The kernel's symbol table, made by tools/ksyms.sh between two passes of the linker. */
#include "kernel/log/symbols.h"

#include "kernel/selftest/selftest.h"
#include "lib/format.h"
#include "lib/string.h"
#include "lib/text.h"

extern const uint32_t ksym_count;
extern const uint64_t ksym_addresses[];    /* ascending */
extern const uint32_t ksym_name_offsets[]; /* into ksym_names */
extern const char ksym_names[];

/* From the linker script: where the functions of the table are. */
extern const char kernel_text_start[];
extern const char kernel_text_end[];

static symbols_extension_hook extension_hook;

void symbols_set_extension_hook(symbols_extension_hook hook)
{
    extension_hook = hook;
}

bool symbols_is_kernel_code(uintptr_t address)
{
    return address >= (uintptr_t)kernel_text_start && address < (uintptr_t)kernel_text_end;
}

static bool find_in_kernel(uintptr_t address, const char **name, uintptr_t *offset)
{
    if (!symbols_is_kernel_code(address))
        return false;
    /* The number of symbols up to the address: all before `low`, none from `high` on. */
    uint32_t low = 0;
    uint32_t high = ksym_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ksym_addresses[middle] <= address)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return false;
    *name = ksym_names + ksym_name_offsets[low - 1];
    *offset = address - (uintptr_t)ksym_addresses[low - 1];
    return true;
}

void symbol_describe(uintptr_t address, char *buffer, size_t size_bytes)
{
    const char *name;
    const char *extension;
    uintptr_t offset;
    if (find_in_kernel(address, &name, &offset))
        format_text(buffer, size_bytes, "%s+0x%zx", name, (size_t)offset);
    else if (extension_hook != NULL && extension_hook(address, &name, &offset, &extension))
        format_text(buffer, size_bytes, "%s+0x%zx [%s]", name, (size_t)offset, extension);
    else
        text_copy(buffer, size_bytes, "?");
}

SELFTEST(symbols, functions_of_the_kernel_have_names)
{
    char text[64];
    symbol_describe((uintptr_t)symbol_describe, text, sizeof(text));
    CHECK(strcmp(text, "symbol_describe+0x0") == 0);
    symbol_describe((uintptr_t)symbol_describe + 5, text, sizeof(text));
    CHECK(strcmp(text, "symbol_describe+0x5") == 0);
    symbol_describe((uintptr_t)kernel_text_start - 1, text, sizeof(text));
    CHECK(strcmp(text, "?") == 0);
}
