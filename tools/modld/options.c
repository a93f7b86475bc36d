/* The command line, in the manner of AIX's ld: options may stand between the inputs. */
#include "tools/modld/options.h"

#include <string.h>

#include "lib/text.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

const char options_usage[] =
    "usage: modld -o OUT.o [-bE:FILE.exp]... [-bI:FILE.imp]... [-S] [--ld=PROG] IN.o...\n"
    "       modld --archive OUT.a [--allow-mode-difference NAME]... [--ar=PROG] A.o B.o\n"
    "Links objects into one kernel extension and adds what the kernel's loader wants to know; or "
    "puts\n"
    "two extensions, one for each mode, into one archive when they export and import the same.\n"
    "\n"
    "  -o OUT.o         the extension; it is written only when nothing is wrong\n"
    "  -bE:FILE.exp     what it exports: one symbol a line; without any, nothing is exported\n"
    "  -bI:FILE.imp     what it may import, and from which file (a #! line); an input that begins\n"
    "                   with #! is taken as an import file too\n"
    "  -S               leaves debug information out\n"
    "  --ld=PROG        the linker; otherwise $LD, ${CROSS_COMPILE}ld, x86_64-linux-gnu-ld or ld\n"
    "\n"
    "  --archive OUT.a  the archive; it is written only when nothing is wrong\n"
    "  --allow-mode-difference NAME\n"
    "                   lets the members differ in this symbol; * and ? stand for any characters\n"
    "                   and any one; an error when they do not differ in it\n"
    "  --ar=PROG        the archiver; otherwise $AR, ${CROSS_COMPILE}ar, x86_64-linux-gnu-ar or "
    "ar\n"
    "\n"
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

/* The options whose value is the next argument. False: it is none of them. */
static bool read_separate(const char *argument, const char *value, struct options *options)
{
    if (strcmp(argument, "-o") == 0)
        options->output = value;
    else if (strcmp(argument, "--archive") == 0)
        options->archive = value;
    else if (strcmp(argument, "--allow-mode-difference") == 0)
        texts_add(&options->excuses, value);
    else
        return false;
    return true;
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
    else if ((value = after(argument, "--ar=")) != NULL)
        options->archiver = value;
    else if ((value = after(argument, "--archive=")) != NULL)
        options->archive = value;
    else if ((value = after(argument, "--allow-mode-difference=")) != NULL)
        texts_add(&options->excuses, value);
    else if ((value = after(argument, "-o")) != NULL && value[0] != 0)
        options->output = value;
    else if (strcmp(argument, "-S") == 0)
        options->strips_debug = true;
    else
        return false;
    return true;
}

/* Options of one form in the other are mistakes, or they would do less than somebody believes. */
static bool check_form(const struct options *options)
{
    bool has_link_options = options->output != NULL || options->exports.count > 0 ||
                            options->imports.count > 0 || options->linker != NULL ||
                            options->strips_debug;
    bool has_archive_options = options->excuses.count > 0 || options->archiver != NULL;
    if (options->archive != NULL && has_link_options)
        report_error("--archive goes with --allow-mode-difference and --ar only");
    else if (options->archive == NULL && has_archive_options)
        report_error("--allow-mode-difference and --ar go with --archive only");
    else
        return true;
    return false;
}

static enum options_result check(struct options *options)
{
    if (!check_form(options))
        return OPTIONS_WRONG;
    if (options->archive != NULL)
        options->output = options->archive;
    if (options->output == NULL || options->output[0] == 0) {
        report_error("no output: name it with -o or --archive");
        return OPTIONS_WRONG;
    }
    if (options->inputs.count == 0) {
        report_error("no input: name the objects");
        return OPTIONS_WRONG;
    }
    return options->archive != NULL ? OPTIONS_ARCHIVE : OPTIONS_LINK;
}

enum options_result options_read(int argument_count, char **arguments, struct options *options)
{
    *options = (struct options){0};
    for (int i = 1; i < argument_count; i++) {
        const char *argument = arguments[i];
        if (strcmp(argument, "-h") == 0 || strcmp(argument, "--help") == 0)
            return OPTIONS_HELP;
        if (i + 1 < argument_count && read_separate(argument, arguments[i + 1], options)) {
            i++;
        } else if (argument[0] != '-') {
            texts_add(&options->inputs, argument);
        } else if (!read_joined(argument, options)) {
            report_error("%s: no such option, or its value is missing", argument);
            return OPTIONS_WRONG;
        }
    }
    return check(options);
}
