/* The command line, in the manner of AIX's ld: options may stand between the inputs. */
#include "tools/modld/options.h"

#include <string.h>

#include "lib/text.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* How an option is written: alone, with its value in the next argument, or in the same one. */
#define ALONE    1u
#define SEPARATE 2u
#define JOINED   4u

struct option {
    const char *name;
    unsigned shapes;
    void (*set)(struct options *options, const char *value);
};

void texts_add(struct texts *texts, const char *item)
{
    texts->items = memory_resize(texts->items, texts->count + 1, sizeof(*texts->items));
    texts->items[texts->count++] = item;
}

static void set_output(struct options *options, const char *value)
{
    options->output = value;
}

static void add_exports(struct options *options, const char *value)
{
    texts_add(&options->exports, value);
}

static void add_imports(struct options *options, const char *value)
{
    texts_add(&options->imports, value);
}

static void set_entry(struct options *options, const char *value)
{
    options->entry = value;
}

/* The kernel would stumble over such a part at every load. */
static void set_libpath(struct options *options, const char *value)
{
    const char *part = value;
    for (unsigned number = 1;; number++) {
        size_t length = strcspn(part, ":");
        if (length == 0)
            report_error("-blibpath:%s: folder %u is empty; write . for the current one", value,
                         number);
        if (length > OPTIONS_LIBPATH_PART_MAX)
            report_error("-blibpath: folder %u, %.32s..., has %zu bytes; at most %d are possible",
                         number, part, length, OPTIONS_LIBPATH_PART_MAX);
        if (part[length] == 0)
            break;
        part += length + 1;
    }
    options->libpath = value;
}

static void set_type(struct options *options, const char *value)
{
    options->is_shared = strcmp(value, "SRE") == 0;
    if (!options->is_shared)
        report_error("-bM:%s: no such type of module; a shared one is SRE", value);
}

static void set_paths(struct options *options, const char *value)
{
    (void)value;
    options->records_paths = true;
}

static void set_no_paths(struct options *options, const char *value)
{
    (void)value;
    options->records_paths = false;
}

static void add_library(struct options *options, const char *value)
{
    texts_add(&options->inputs, memory_text("-l%s", value));
}

static void add_folder(struct options *options, const char *value)
{
    texts_add(&options->folders, value);
}

static void set_strip(struct options *options, const char *value)
{
    (void)value;
    options->strips_debug = true;
}

static void set_linker(struct options *options, const char *value)
{
    options->linker = value;
}

static void set_disassembler(struct options *options, const char *value)
{
    options->disassembler = value;
}

static void set_silent(struct options *options, const char *value)
{
    (void)value;
    options->is_silent = true;
}

static const struct option link_options[] = {
    {"-o", SEPARATE | JOINED, set_output},
    {"-bE:", JOINED, add_exports},
    {"-bexport:", JOINED, add_exports},
    {"-bI:", JOINED, add_imports},
    {"-bimport:", JOINED, add_imports},
    {"-e", SEPARATE | JOINED, set_entry},
    {"-blibpath:", JOINED, set_libpath},
    {"-bM:", JOINED, set_type},
    {"-bipath", ALONE, set_paths},
    {"-bnoipath", ALONE, set_no_paths},
    {"-l", SEPARATE | JOINED, add_library},
    {"-L", SEPARATE | JOINED, add_folder},
    {"-S", ALONE, set_strip},
    {"-w", ALONE, set_silent},
    {"--ld=", JOINED, set_linker},
    {"--objdump=", JOINED, set_disassembler},
};

static void set_archive(struct options *options, const char *value)
{
    options->archive = value;
}

static void add_excuse(struct options *options, const char *value)
{
    texts_add(&options->excuses, value);
}

static void set_archiver(struct options *options, const char *value)
{
    options->archiver = value;
}

static const struct option archive_options[] = {
    {"--archive", SEPARATE, set_archive},
    {"--archive=", JOINED, set_archive},
    {"--allow-mode-difference", SEPARATE, add_excuse},
    {"--allow-mode-difference=", JOINED, add_excuse},
    {"--ar=", JOINED, set_archiver},
};

/* Takes the option when the argument is it: the number of arguments used up, 0 when it is not. */
static int take_option(const struct option *option, const char *argument, const char *next,
                       struct options *options)
{
    bool is_name = strcmp(argument, option->name) == 0;
    if (is_name && (option->shapes & ALONE) != 0) {
        option->set(options, NULL);
        return 1;
    }
    if (is_name && (option->shapes & SEPARATE) != 0 && next != NULL && next[0] != 0) {
        option->set(options, next);
        return 2;
    }
    if (!is_name && (option->shapes & JOINED) != 0 && text_starts_with(argument, option->name)) {
        option->set(options, argument + strlen(option->name));
        return 1;
    }
    return 0;
}

/* The same for all options of one form. */
static int take_any(const struct option *table, size_t count, const char *argument,
                    const char *next, struct options *options)
{
    int used = 0;
    for (size_t i = 0; i < count && used == 0; i++)
        used = take_option(&table[i], argument, next, options);
    return used;
}

static int read_option(const char *argument, const char *next, struct options *options)
{
    int used = take_any(link_options, ARRAY_COUNT(link_options), argument, next, options);
    if (used > 0) {
        options->has_link_option = true;
        return used;
    }
    used = take_any(archive_options, ARRAY_COUNT(archive_options), argument, next, options);
    if (used > 0)
        options->has_archive_option = true;
    else
        report_error("%s: no such option, or its value is missing", argument);
    return used;
}

/* Options of one form in the other are mistakes, or they would do less than somebody believes. */
static bool check_form(const struct options *options)
{
    if (options->archive != NULL && options->has_link_option)
        report_error("--archive goes with --allow-mode-difference and --ar only");
    else if (options->archive == NULL && options->has_archive_option)
        report_error("--allow-mode-difference and --ar go with --archive only");
    else
        return true;
    return false;
}

static enum options_result check(struct options *options)
{
    if (report_error_count() > 0 || !check_form(options))
        return OPTIONS_WRONG;
    if (options->archive != NULL)
        options->output = options->archive;
    if (options->output == NULL) {
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
    for (int i = 1; i < argument_count;) {
        const char *argument = arguments[i];
        if (strcmp(argument, "-h") == 0 || strcmp(argument, "--help") == 0)
            return OPTIONS_HELP;
        if (argument[0] != '-') {
            texts_add(&options->inputs, argument);
            i++;
            continue;
        }
        int used = read_option(argument, arguments[i + 1], options);
        if (used == 0)
            return OPTIONS_WRONG;
        i += used;
    }
    return check(options);
}
