/*
 * Two lists of facts, each sorted by name, walked side by side: once for exports, once for imports and
 * once for what was said of the whole when it was linked.
 */
#include "tools/modld/parity.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "tools/support/memory.h"
#include "tools/support/report.h"

/* Routines that compilers call without being told to. Whether they do depends on the mode. */
static const char *const compiler_routines[] = {
    /* Division of 64-bit numbers, where the machine has no instruction for it. */
    "__divdi3",
    "__divmoddi4",
    "__moddi3",
    "__udivdi3",
    "__udivmoddi4",
    "__umoddi3",
    /* What gcc and clang expect of every environment: structs are copied, cleared and compared. */
    "memcmp",
    "memcpy",
    "memmove",
    "memset",
};

static const char *const class_texts[] = {
    [MOD_CLASS_SERVICE] = "as an ordinary symbol",
    [MOD_CLASS_SYSCALL32] = "as syscall32",
    [MOD_CLASS_SYSCALL64] = "as syscall64",
    [MOD_CLASS_SYSCALL3264] = "as syscall3264",
};

/* One export or import: "fmt_pad", "as an ordinary symbol"; "printk", "from /unix". */
struct fact {
    const char *name;
    const char *manner;
};

/* All exports or all imports of one member, ascending by name. */
struct facts {
    const char *path;
    struct fact *items;
    size_t count;
};

struct parity {
    const struct texts *excuses;
    bool *is_excuse_used;
    const char *verb; /* what is compared: "exported", "imported" or "recorded" */
    bool are_imports;
    size_t differences; /* that nothing excused */
};

static int compare_names(const void *a, const void *b)
{
    const struct fact *first = a;
    const struct fact *second = b;
    return strcmp(first->name, second->name);
}

static struct facts list_exports(const struct member *member)
{
    uint32_t count = image_export_count(&member->image);
    struct facts facts = {member->path, memory_get(count, sizeof(struct fact)), count};
    for (uint32_t i = 0; i < count; i++) {
        struct mod_export record = image_export(&member->image, i);
        facts.items[i].name = image_symbol(&member->image, record.symbol).name;
        facts.items[i].manner = class_texts[record.mclass];
    }
    qsort(facts.items, count, sizeof(struct fact), compare_names);
    return facts;
}

static struct facts list_imports(const struct member *member)
{
    uint32_t count = image_import_count(&member->image);
    struct facts facts = {member->path, memory_get(count, sizeof(struct fact)), count};
    for (uint32_t i = 0; i < count; i++) {
        struct mod_import record = image_import(&member->image, i);
        facts.items[i].name = image_symbol(&member->image, record.symbol).name;
        facts.items[i].manner =
            memory_text("from %s", image_import_file(&member->image, record.file));
    }
    qsort(facts.items, count, sizeof(struct fact), compare_names);
    return facts;
}

/* A fact of .mod.link is called as the option is that says it, which no symbol can be. */
static struct facts list_link(const struct member *member)
{
    static const struct {
        const char *option;
        const char *key;
    } keys[] = {
        {"-bM", MOD_LINK_TYPE},
        {"-blibpath", MOD_LINK_LIBPATH},
        {"-e", MOD_LINK_ENTRY},
    };
    struct facts facts = {member->path, memory_get(ARRAY_COUNT(keys), sizeof(struct fact)), 0};
    for (size_t i = 0; i < ARRAY_COUNT(keys); i++) {
        const char *value = image_link(&member->image, keys[i].key);
        if (value != NULL)
            facts.items[facts.count++] = (struct fact){keys[i].option, memory_text("as %s", value)};
    }
    return facts;
}

/* Every excuse that fits is used, so that it does not matter which of two comes first. */
static bool is_excused(struct parity *parity, const char *name)
{
    bool is_found = false;
    for (size_t i = 0; i < parity->excuses->count; i++) {
        if (!text_matches(parity->excuses->items[i], name))
            continue;
        parity->is_excuse_used[i] = true;
        is_found = true;
    }
    return is_found;
}

static bool is_compiler_routine(const char *name)
{
    for (size_t i = 0; i < ARRAY_COUNT(compiler_routines); i++) {
        if (strcmp(compiler_routines[i], name) == 0)
            return true;
    }
    return false;
}

static void judge_missing(struct parity *parity, const struct fact *fact, const char *holder,
                          const char *other)
{
    if (is_excused(parity, fact->name))
        return;
    if (parity->are_imports && is_compiler_routine(fact->name))
        return;
    parity->differences++;
    report_error("%s: %s by %s, but not by %s", fact->name, parity->verb, holder, other);
}

static void judge_pair(struct parity *parity, const struct fact *a, const char *path_a,
                       const struct fact *b, const char *path_b)
{
    if (strcmp(a->manner, b->manner) == 0 || is_excused(parity, a->name))
        return;
    parity->differences++;
    report_error("%s: %s %s by %s, but %s by %s", a->name, parity->verb, a->manner, path_a,
                 b->manner, path_b);
}

static void compare(struct parity *parity, struct facts a, struct facts b)
{
    size_t i = 0;
    size_t j = 0;
    while (i < a.count || j < b.count) {
        int order = i == a.count ? 1 : j == b.count ? -1 : strcmp(a.items[i].name, b.items[j].name);
        if (order < 0)
            judge_missing(parity, &a.items[i++], a.path, b.path);
        else if (order > 0)
            judge_missing(parity, &b.items[j++], b.path, a.path);
        else
            judge_pair(parity, &a.items[i++], a.path, &b.items[j++], b.path);
    }
}

/* One that is misspelt or outlived its reason would silently cover the next difference. */
static void report_unused(const struct parity *parity, const struct members *members)
{
    for (size_t i = 0; i < parity->excuses->count; i++) {
        if (!parity->is_excuse_used[i])
            report_error(
                "--allow-mode-difference %s: excuses nothing: %s and %s do not differ in it",
                parity->excuses->items[i], members->items[0].path, members->items[1].path);
    }
}

void parity_check(const struct members *members, const struct texts *excuses)
{
    const struct member *a = &members->items[0];
    const struct member *b = &members->items[1];
    struct parity parity = {
        .excuses = excuses,
        .is_excuse_used = memory_get(excuses->count, sizeof(bool)),
    };
    parity.verb = "exported";
    compare(&parity, list_exports(a), list_exports(b));
    parity.verb = "imported";
    parity.are_imports = true;
    compare(&parity, list_imports(a), list_imports(b));
    parity.verb = "recorded";
    parity.are_imports = false;
    compare(&parity, list_link(a), list_link(b));
    if (parity.differences > 0)
        report_advice("try: make both members from the same source and export files, with the same "
                      "options, or excuse a name with --allow-mode-difference NAME");
    report_unused(&parity, members);
}
