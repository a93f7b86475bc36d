/*
 * The AIX dialect: what is loaded, who holds it, who is bound to what.
 * genkex is the tool of that name (AIX reference, section 3.4); the others are our own answers.
 */
#include "kernel/device/console.h"
#include "kernel/dialect/aix_command.h"
#include "kernel/shell/command.h"
#include "lib/string.h"
#include "loader/live/loader.h"

static void print_extension(const struct loader_extension *extension, void *context UNUSED)
{
    console_print("%5u  %16llx %7x  %16llx %7x  %4u %3u  ", extension->kmid,
                  (unsigned long long)extension->address[SEGMENT_TEXT],
                  extension->size_bytes[SEGMENT_TEXT],
                  (unsigned long long)extension->address[SEGMENT_DATA],
                  extension->size_bytes[SEGMENT_DATA], extension->load_count, extension->use_count);
    aix_print_file(extension->path, extension->member);
    if (!extension->is_primary)
        console_print(" private to %u", extension->primary);
    console_print("\n");
}

/* The columns of AIX's own genkex -d. */
static void print_as_aix(const struct loader_extension *extension, void *context UNUSED)
{
    console_print("%16llx %8x %16llx %8x ", (unsigned long long)extension->address[SEGMENT_TEXT],
                  extension->size_bytes[SEGMENT_TEXT],
                  (unsigned long long)extension->address[SEGMENT_DATA],
                  extension->size_bytes[SEGMENT_DATA]);
    aix_print_file(extension->path, extension->member);
    console_print("\n");
}

SHELL_COMMAND(genkex, "genkex [-d]", "list loaded kernel extensions",
              "One line each, the oldest first: kmid, address and size in bytes (hexadecimal) of\n"
              "text and data, load count, use count, file and archive member. A private dependent\n"
              "stands before the extension that it is private to. With -d the columns are AIX's,\n"
              "without kmid and counts.")
{
    bool is_aix = argument_count == 2 && strcmp(arguments[1], "-d") == 0;
    if (argument_count != 1 && !is_aix)
        return command_usage_error(arguments[0]);
    console_print(
        "%s\n", is_aix
                    ? "    Text address     Size     Data address     Size File"
                    : " kmid      text address    size      data address    size  load use  file");
    loader_visit_extensions(is_aix ? print_as_aix : print_extension, NULL);
    return 0;
}

/* A walk from an extension to whoever holds it, and on to whoever holds that. */
#define CHAIN_MAX 64

struct chain {
    uint32_t wanted; /* looked for among all extensions */
    bool is_found;
    struct {
        uint32_t kmid;
        uint32_t load_count;
        uint32_t use_count;
    } found;
    uint32_t next; /* a user that is not in the chain yet; 0 for none */
    uint32_t seen[CHAIN_MAX];
    size_t length;
};

static void look_up(const struct loader_extension *extension, void *context)
{
    struct chain *chain = context;
    if (extension->kmid != chain->wanted)
        return;
    chain->is_found = true;
    chain->found.kmid = extension->kmid;
    chain->found.load_count = extension->load_count;
    chain->found.use_count = extension->use_count;
    console_print("kmid %u  ", extension->kmid);
    aix_print_file(extension->path, extension->member);
    console_print(": load count %u, use count %u\n", extension->load_count, extension->use_count);
}

static void note_user(const struct loader_extension *user, void *context)
{
    struct chain *chain = context;
    console_print("  used by kmid %u  ", user->kmid);
    aix_print_file(user->path, user->member);
    console_print("\n");
    for (size_t i = 0; i < chain->length; i++) {
        if (chain->seen[i] == user->kmid)
            return;
    }
    chain->next = chain->next == 0 || user->load_count != 0 ? user->kmid : chain->next;
}

static void print_end(const struct chain *chain)
{
    if (chain->found.load_count != 0)
        console_print("  held by %u load request%s: kunload %u\n", chain->found.load_count,
                      chain->found.load_count == 1 ? "" : "s", chain->found.kmid);
    else if (chain->found.use_count == 0)
        console_print("  held by nobody: it goes with the next kunload or slibclean\n");
}

SHELL_COMMAND(why, "why KMID", "who holds an extension, as a chain",
              "Prints the counts of the extension and its users, then the same for one of the\n"
              "users, and so on up to one that load requests hold.")
{
    struct chain chain = {0};
    if (argument_count != 2)
        return command_usage_error(arguments[0]);
    if (aix_read_kmid(arguments[0], arguments[1], &chain.wanted) != 0)
        return 1;
    if (chain.wanted == 0)
        return command_failed(arguments[0], arguments[1], "it is the kernel, which holds itself");
    for (; chain.wanted != 0 && chain.length < CHAIN_MAX;
         chain.wanted = chain.found.load_count == 0 ? chain.next : 0) {
        chain.is_found = false;
        chain.next = 0;
        loader_visit_extensions(look_up, &chain);
        if (!chain.is_found)
            break;
        chain.seen[chain.length++] = chain.wanted;
        if (loader_visit_users(chain.wanted, note_user, &chain))
            print_end(&chain);
    }
    if (chain.length == 0)
        return command_failed(arguments[0], arguments[1], "no such kmid: see genkex");
    return 0;
}

static void print_binding(const struct loader_symbol *definition,
                          const struct loader_extension *user, uint32_t places, void *context)
{
    bool *has_any = context;
    *has_any = true;
    if (user == NULL) {
        console_print("%16llx %s [%s", (unsigned long long)definition->address, definition->name,
                      definition->owner);
        if (definition->kmid != 0)
            console_print(" %u", definition->kmid);
        console_print("%s%s]\n", definition->is_private ? ", private" : "",
                      definition->is_hidden ? ", hidden by a newer one" : "");
        return;
    }
    console_print("  kmid %u  ", user->kmid);
    aix_print_file(user->path, user->member);
    if (places == LOADER_PLACES_UNKNOWN)
        console_print(" at places unknown: its file has changed\n");
    else
        console_print(" at %u place%s\n", places, places == 1 ? "" : "s");
}

SHELL_COMMAND(binds, "binds SYMBOL", "who is bound to which definition of a name",
              "Lists each definition of SYMBOL, global or private, and under it the extensions\n"
              "bound to it, with the number of places in them that refer to it.")
{
    bool has_any = false;
    if (argument_count != 2)
        return command_usage_error(arguments[0]);
    loader_visit_bindings(arguments[1], print_binding, &has_any);
    if (!has_any)
        return command_failed(arguments[0], arguments[1], "nobody defines it");
    return 0;
}
