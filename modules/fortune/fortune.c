/*
 * fortune: a saying in a frame, once when it is loaded and again for whoever imports fortune_print.
 * It is laid out by fmt's services, so fmt must be loaded first.
 */
#include "modules/fortune/fortune.h"

#include <mortise/kernel.h>
#include <mortise/module.h>

#include "modules/fmt/fmt.h"

MODULE_INFO("description", "Prints a framed saying about kernels and joinery");
MODULE_INFO("license", "BSD-2-Clause");

#define LINE_COLUMNS 44

static const char *const sayings[] = {
    "A joint that needs glue was measured once.",
    "Cut the mortise first; a tenon can still be shaved to fit.",
    "Every lock is a promise to give it back.",
    "The last extension loaded should be the first you suspect.",
    "Sand with the grain, walk lists in lock order.",
    "A good kernel is like a good drawer: nobody thinks of it.",
    "Whoever unloads politely may come again.",
    "Measure the error path twice; it is walked only once.",
    "A page is either written or executed, as a chisel is either sharpened or used.",
    "Dry-fit every joint before you commit the glue.",
    "The workshop is clean when nobody can tell what was built there.",
    "An undo in reverse order is just good clamping practice.",
    "If it only fits with a hammer, read the specification again.",
    "Symbols resolve; carpenters reconsider.",
    "The shortest interrupt handler leaves the most shavings for later.",
    "Count what you borrow, and the heap will trust you.",
};

#define SAYING_COUNT (sizeof(sayings) / sizeof(sayings[0]))

/* The clock's low bits follow no habit, its lowest ones may never change: mix, then choose. */
static const char *choose_saying(void)
{
    uint64_t now_ns = clock_now_ns();
    uint32_t mixed = (uint32_t)now_ns ^ (uint32_t)(now_ns >> 10) ^ (uint32_t)(now_ns >> 20);
    return sayings[mixed % SAYING_COUNT];
}

void fortune_print(void)
{
    char line[LINE_COLUMNS + 1];
    char field[LINE_COLUMNS + 1];
    char edge[LINE_COLUMNS + 3];
    const char *rest = choose_saying();

    fmt_repeat(edge, sizeof(edge), '-', LINE_COLUMNS + 2);
    printk("+%s+", edge);
    while (rest != NULL) {
        rest = fmt_wrap(line, sizeof(line), rest, LINE_COLUMNS);
        fmt_center(field, sizeof(field), line, LINE_COLUMNS);
        printk("| %s |", field);
    }
    printk("+%s+", edge);
}

int _load(void)
{
    fortune_print();
    return 0;
}
