/* Commands that show the loader's state and check what it promises; they belong to no dialect. */
#include "kernel/device/console.h"
#include "kernel/shell/command.h"
#include "lib/text.h"
#include "loader/live/loader.h"

static void print_symbol(const struct loader_symbol *symbol, void *context)
{
    const char *pattern = context;
    if (!text_matches(pattern, symbol->name))
        return;
    console_print("%16llx %s [%s", (unsigned long long)symbol->address, symbol->name,
                  symbol->owner);
    if (symbol->kmid != 0)
        console_print(" %u", symbol->kmid);
    console_print("%s]\n", symbol->is_hidden ? ", hidden by a newer one" : "");
}

SHELL_COMMAND(syms, "syms [PATTERN]", "list the names that extensions can bind to",
              "Lists the definitions of the global name space /unix: address, name, and who\n"
              "defines it. PATTERN may contain * and ?.")
{
    if (argument_count > 2)
        return command_usage_error(arguments[0]);
    char *pattern = argument_count == 2 ? arguments[1] : "*";
    if (!loader_visit_symbols(print_symbol, pattern))
        return command_failed(arguments[0], pattern, "no memory to sort the names in");
    return 0;
}

SHELL_COMMAND(modstate, "modstate", "one line that says whether the loader's state is the same",
              "A digest of the loader's whole state, then instances, symbols, mapped pages and\n"
              "heap bytes. Equal states give equal lines.")
{
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    struct loader_state state;
    loader_get_state(&state);
    console_print("%016llx instances %zu symbols %zu pages %zu heap %zu\n",
                  (unsigned long long)state.digest, state.instances, state.symbols, state.pages,
                  state.heap_bytes);
    return 0;
}
