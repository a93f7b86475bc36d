/* Lines on standard output; see the header. */
#include "tools/modplan/tell.h"

#include <stdio.h>

#include "lib/status.h"

/* A name in UTF-8 stays as it is. */
static bool can_be_shown(unsigned char c)
{
    return c >= ' ' && c != 0x7f;
}

static void put_text(const char *text)
{
    for (; *text != 0; text++)
        putchar(can_be_shown((unsigned char)*text) ? *text : '?');
}

static void put_label(const char *verdict, const struct label *label)
{
    printf("%s ", verdict);
    put_text(label->path);
    if (label->member == NULL)
        return;
    putchar('(');
    put_text(label->member);
    putchar(')');
}

static void put_notes(const struct plan *plan)
{
    for (size_t i = 0; i < plan->notes.count; i++) {
        printf("  ");
        put_text(plan->notes.items[i]);
        putchar('\n');
    }
}

void tell_ok(const struct label *label, const struct plan *plan)
{
    const struct figures *figures = &plan->figures;
    put_label("ok", label);
    printf(": %s text %u constants %u data %u relocations %u imports %u exports %u",
           figures->machine->name, figures->bytes[SEGMENT_TEXT], figures->bytes[SEGMENT_CONSTANTS],
           figures->bytes[SEGMENT_DATA], figures->relocations, figures->imports, figures->exports);
    if (figures->slots != 0 || figures->stubs != 0)
        printf(" slots %u stubs %u", figures->slots, figures->stubs);
    putchar('\n');
    put_notes(plan);
}

void tell_refused(const struct label *label, const struct plan *plan, bool is_quiet)
{
    const struct diagnosis *diagnosis = &plan->diagnosis;
    const char *advice = status_advice(diagnosis->status);
    put_label("refused", label);
    printf(": E%d %s%s", (int)diagnosis->status, status_sentence(diagnosis->status),
           diagnosis->detail[0] != 0 ? ": " : "");
    put_text(diagnosis->detail);
    putchar('\n');
    if (is_quiet)
        return;
    put_notes(plan);
    if (advice[0] != 0)
        printf("  try: %s\n", advice);
}

void tell_skipped(const struct label *label, const char *why)
{
    put_label("skipped", label);
    printf(": %s\n", why);
}
