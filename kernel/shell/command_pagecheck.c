/* The command that shows an audit of the page tables. */
#include "kernel/device/console.h"
#include "kernel/mm/page_audit.h"
#include "kernel/shell/command.h"

SHELL_COMMAND(
    pagecheck, "pagecheck", "walk the page tables and count what must not be",
    "Prints how many pages are mapped, executable, both writable and executable (must be\n"
    "0), reachable by user mode, and writable although their frame is mapped executable\n"
    "elsewhere (must be 0). Fails when one that must be 0 is not.")
{
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    struct page_audit audit;
    if (!page_audit(&audit))
        return command_failed(arguments[0], "aliases of text", "no memory to look for them");
    console_print("pages %zu executable %zu writable+executable %zu user %zu writable aliases of "
                  "text %zu\n",
                  audit.pages, audit.executable, audit.writable_executable, audit.user,
                  audit.writable_aliases);
    return audit.writable_executable == 0 && audit.writable_aliases == 0 ? 0 : 1;
}
