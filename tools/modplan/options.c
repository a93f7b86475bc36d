/* The command line, by getopt_long: options may stand between the files. */
#include "tools/modplan/options.h"

#include <getopt.h>
#include <string.h>

#include "lib/text.h"
#include "loader/host.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* clang-format off: one line here is one line there */
const char options_usage[] =
    "usage: modplan [-aq] [-k KERNEX.imp]... [--base ADDR] [--image OUT] [--stub-imports] [--map]\n"
    "               FILE...\n"
    "Says of each object what Mortise's kernel of its mode would do with it, without a kernel:\n"
    "  ok FILE: x86_64 text 120 constants 8 data 16 relocations 5 imports 2 exports 1\n"
    "  refused FILE: E217 a section that must be loaded is of a kind that cannot: section 3 ...\n"
    "Of an archive it takes the members that kernels of each mode would take.\n"
    "\n"
    "  -a, --all             looks at every member of an archive\n"
    "  -k, --kernel FILE     what the kernel exports, as an import file; names below `#! "
    "path(member)`\n"
    "                        are what that dependent exports. Otherwise kernex.imp of the kit "
    "that\n"
    "                        modplan is part of (../lib beside its folder), if there is one\n"
    "      --define NAME=ADDR\n"
    "                        the kernel exports this name too, at this address\n"
    "      --stub-imports    binds imports that nobody exports to addresses made up for them\n"
    "      --base ADDR       where the object is placed; otherwise where extensions begin\n"
    "      --image OUT       writes the relocated bytes; for one object only\n"
    "      --map             lists where its sections and global symbols are\n"
    "  -q, --quiet           one line for each object that is refused, no others\n"
    "  -h, --help            this text\n"
    "\n"
    "Numbers are decimal, or hexadecimal after 0x.\n"
    "Exit status: 0 all are ok, 1 one is refused, 2 wrong usage.\n";
/* clang-format on */

enum { OPTION_BASE = 256, OPTION_IMAGE, OPTION_STUBS, OPTION_DEFINE, OPTION_MAP };

static const struct option long_options[] = {
    {"all", no_argument, NULL, 'a'},
    {"kernel", required_argument, NULL, 'k'},
    {"define", required_argument, NULL, OPTION_DEFINE},
    {"stub-imports", no_argument, NULL, OPTION_STUBS},
    {"base", required_argument, NULL, OPTION_BASE},
    {"image", required_argument, NULL, OPTION_IMAGE},
    {"map", no_argument, NULL, OPTION_MAP},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

void given_add(struct given *given, const char *item)
{
    given->items = memory_resize(given->items, given->count + 1, sizeof(*given->items));
    given->items[given->count++] = item;
}

bool options_split_define(const char *text, const char **name, uint64_t *address)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text || !text_to_u64(equals + 1, address))
        return false;
    *name = memory_text("%.*s", (int)(equals - text), text);
    return true;
}

static void add_define(struct options *options, const char *text)
{
    const char *name;
    uint64_t address;
    if (options_split_define(text, &name, &address))
        given_add(&options->defines, text);
    else
        report_error("--define %s: write NAME=ADDRESS, as in printk=0xc0101000", text);
}

static void set_base(struct options *options, const char *text)
{
    options->has_base = text_to_u64(text, &options->base);
    if (!options->has_base)
        report_error("--base %s: is not a number; write one as 4096 or 0xc1000000", text);
    else if (options->base % HOST_PAGE_SIZE != 0)
        report_error("--base %s: is not a multiple of the page size, %u", text, HOST_PAGE_SIZE);
}

static void take(struct options *options, int option, const char *value)
{
    switch (option) {
    case 'a':
        options->has_all_members = true;
        break;
    case 'k':
        given_add(&options->kernels, value);
        break;
    case 'q':
        options->is_quiet = true;
        break;
    case OPTION_DEFINE:
        add_define(options, value);
        break;
    case OPTION_STUBS:
        options->stubs_imports = true;
        break;
    case OPTION_BASE:
        set_base(options, value);
        break;
    case OPTION_MAP:
        options->has_map = true;
        break;
    case OPTION_IMAGE:
        options->image = value;
        break;
    default: /* getopt has said which, and why */
        report_error("see modplan --help");
    }
}

enum options_result options_read(int argument_count, char **arguments, struct options *options)
{
    int option;
    *options = (struct options){0};
    while ((option = getopt_long(argument_count, arguments, "ak:qh", long_options, NULL)) != -1) {
        if (option == 'h')
            return OPTIONS_HELP;
        take(options, option, optarg);
    }
    for (int i = optind; i < argument_count; i++)
        given_add(&options->files, arguments[i]);
    if (options->files.count == 0 && report_error_count() == 0)
        report_error("no file: name the objects and archives to look at; see modplan --help");
    return report_error_count() == 0 ? OPTIONS_RUN : OPTIONS_WRONG;
}
