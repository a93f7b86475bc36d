/* The command line, in the manner of AIX's ld: options may stand between the inputs. */
#include "tools/modld/options.h"

#include <string.h>

#include "lib/text.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

const char options_usage[] =
    "usage: modld -o OUT.o [-bE:FILE.exp]... [-bI:FILE.imp]... [-S] [--ld=PROG] IN.o...\n"
    "Links objects into one kernel extension and adds what the kernel's loader wants to know.\n"
    "\n"
    "  -o OUT.o         the extension; it is written only when nothing is wrong\n"
    "  -bE:FILE.exp     what it exports: one symbol a line; without any, nothing is exported\n"
    "  -bI:FILE.imp     what it may import, and from which file (a #! line); an input that begins\n"
    "                   with #! is taken as an import file too\n"
    "  -S               leaves debug information out\n"
    "  --ld=PROG        the linker; otherwise $LD, ${CROSS_COMPILE}ld, x86_64-linux-gnu-ld or ld\n"
    "  -h, --help       this text\n";

void texts_add(struct texts *texts, const char *item)
{
    texts->items = memory_resize(texts->items, texts->count + 1, sizeof(*texts->items));
    texts->items[texts->count++] = item;
}

/* If the argument begins with `prefix`, the rest of it, otherwise NULL. */
static const char *after(const char *argument, const char *prefix)
{
    return text_starts_with(argument, prefix) ? argument + strlen(prefix) : NULL;
}

/* The options whose value is part of the same argument. False: it is none of them. */
static bool read_joined(const char *argument, struct options *options)
{
    const char *value;
    if ((value = after(argument, "-bE:")) != NULL || (value = after(argument, "-bexport:")) != NULL)
        texts_add(&options->exports, value);
    else if ((value = after(argument, "-bI:")) != NULL ||
             (value = after(argument, "-bimport:")) != NULL)
        texts_add(&options->imports, value);
    else if ((value = after(argument, "--ld=")) != NULL)
        options->linker = value;
    else if ((value = after(argument, "-o")) != NULL)
        options->output = value;
    else if (strcmp(argument, "-S") == 0)
        options->strips_debug = true;
    else
        return false;
    return true;
}

static enum options_result check(const struct options *options)
{
    if (options->output == NULL || options->output[0] == 0) {
        report_error("no output: name it with -o");
        return OPTIONS_WRONG;
    }
    if (options->inputs.count == 0) {
        report_error("no input: name the objects to link");
        return OPTIONS_WRONG;
    }
    return OPTIONS_RUN;
}

enum options_result options_read(int argument_count, char **arguments, struct options *options)
{
    *options = (struct options){0};
    for (int i = 1; i < argument_count; i++) {
        const char *argument = arguments[i];
        if (strcmp(argument, "-h") == 0 || strcmp(argument, "--help") == 0)
            return OPTIONS_HELP;
        if (strcmp(argument, "-o") == 0 && i + 1 < argument_count) {
            options->output = arguments[++i];
        } else if (argument[0] != '-') {
            texts_add(&options->inputs, argument);
        } else if (!read_joined(argument, options)) {
            report_error("%s: no such option", argument);
            return OPTIONS_WRONG;
        }
    }
    return check(options);
}
