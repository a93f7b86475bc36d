/*
 * Frames as a tree of bits: a bit of level 0 is a free frame, a bit of level n + 1 says that the
 * word of level n with that number is not zero. The lowest free frame is found by walking down
 * from the one word of the top level.
 *
 *   level 2    1 word              .......1
 *   level 1    one bit a word      ....11.. ........ ...
 *   level 0    one bit a frame     ..11.... 1....... ...
 *
 * Until the tree is mapped, frames come from `early_next`, which only ever moves up.
 */
#include "kernel/mm/frames.h"

#include <mortise/kernel.h>

#include "arch/cpu.h"
#include "kernel/log/panic.h"
#include "lib/assert.h"
#include "lib/checked.h"
#include "lib/string.h"

#define WORD_BITS  (8 * sizeof(unsigned long))
#define LEVELS_MAX 5 /* enough for 32-bit words and FRAMES_LIMIT */

#define FIRST_MIB (1ull << 20)

struct level {
    unsigned long *words;
    size_t word_count;
};

static struct {
    struct boot_range skipped[2]; /* the kernel's image and the initrd */
    struct boot_range early;      /* the range that early frames come from */
    physical_address early_next;

    bool is_ready; /* the tree is in use */
    struct level levels[LEVELS_MAX];
    unsigned level_count;
    size_t frame_count; /* frames that the tree has a bit for */
    size_t usable_count;
    size_t free_count;
} frames;

/* Their addresses are the physical ones; from the linker script. */
extern const char kernel_physical_start[];
extern const char kernel_physical_end[];

/* --- early --- */

/* The part of `range` that may be given out, not regarding kernel and initrd. */
static struct boot_range clip(struct boot_range range)
{
    if (range.start < FIRST_MIB)
        range.start = FIRST_MIB;
    if (range.end > FRAMES_LIMIT)
        range.end = FRAMES_LIMIT;
    if (range.end < range.start)
        range.end = range.start;
    return range;
}

static struct boot_range whole_pages_around(struct boot_range range)
{
    return (struct boot_range){
        .start = ALIGN_DOWN(range.start, PAGE_SIZE),
        .end = ALIGN_UP(range.end, PAGE_SIZE),
    };
}

static void note_skipped(const struct boot_info *info)
{
    frames.skipped[0] = whole_pages_around((struct boot_range){
        .start = (uintptr_t)kernel_physical_start,
        .end = (uintptr_t)kernel_physical_end,
    });
    if (info->has_initrd)
        frames.skipped[1] = whole_pages_around(info->initrd);
}

static bool early_allocate(physical_address *frame)
{
    physical_address next = frames.early_next;
    for (size_t i = 0; i < ARRAY_COUNT(frames.skipped);) {
        bool is_inside = next >= frames.skipped[i].start && next < frames.skipped[i].end;
        next = is_inside ? frames.skipped[i].end : next;
        i = is_inside ? 0 : i + 1; /* where one ends the other may begin */
    }
    if (next >= frames.early.end)
        return false;
    *frame = next;
    frames.early_next = next + PAGE_SIZE;
    return true;
}

void frames_init_early(const struct boot_info *info)
{
    uint64_t usable_bytes = 0;
    uint64_t ignored_bytes = 0;
    physical_address top = 0;
    note_skipped(info);
    for (size_t i = 0; i < info->memory_count; i++) {
        struct boot_range range = clip(info->memory[i]);
        usable_bytes += range.end - range.start;
        if (info->memory[i].end > FRAMES_LIMIT)
            ignored_bytes += info->memory[i].end - range.end;
        if (range.end - range.start > frames.early.end - frames.early.start)
            frames.early = range;
        if (range.end > range.start && range.end > top)
            top = range.end;
    }
    if (usable_bytes < FRAMES_MEMORY_NEEDED)
        panic("too little memory: %llu KiB usable above the first MiB, %llu KiB needed%s%s",
              (unsigned long long)usable_bytes >> 10,
              (unsigned long long)FRAMES_MEMORY_NEEDED >> 10, info->problem[0] != 0 ? "; " : "",
              info->problem);
    if (ignored_bytes > 0)
        log_write(LOG_WARNING, "memory: %llu MiB above %llu GiB are not used",
                  (unsigned long long)ignored_bytes >> 20, FRAMES_LIMIT >> 30);
    frames.early_next = frames.early.start;
    frames.usable_count = usable_bytes >> PAGE_SHIFT;
    frames.frame_count = top >> PAGE_SHIFT;
}

/* --- the tree --- */

/* Sets `level_count` and the sizes of the levels. Returns the words of all. */
static size_t size_levels(void)
{
    size_t bits = frames.frame_count;
    size_t total = 0;
    frames.level_count = 0;
    do {
        struct level *level = &frames.levels[frames.level_count++];
        level->word_count = (bits + WORD_BITS - 1) / WORD_BITS;
        total += level->word_count;
        bits = level->word_count;
    } while (bits > 1);
    return total;
}

size_t frames_map_bytes(void)
{
    return ALIGN_UP(size_levels() * sizeof(unsigned long), PAGE_SIZE);
}

/* Sets or clears one bit; returns true when that changed whether its word is zero. */
static bool change_bit(struct level *level, size_t bit, bool value)
{
    unsigned long *word = &level->words[bit / WORD_BITS];
    unsigned long mask = 1ul << (bit % WORD_BITS);
    bool was_zero = *word == 0;
    *word = value ? *word | mask : *word & ~mask;
    return (*word == 0) != was_zero;
}

static bool is_free(size_t frame)
{
    return (frames.levels[0].words[frame / WORD_BITS] >> (frame % WORD_BITS) & 1) != 0;
}

/* Sets or clears a bit of `level`, and those above that depend on it. */
static void change_from(unsigned level, size_t bit, bool value)
{
    while (level < frames.level_count && change_bit(&frames.levels[level], bit, value)) {
        bit /= WORD_BITS;
        level++;
    }
}

static void set_free(size_t frame, bool value)
{
    frames.free_count += value ? 1 : (size_t)-1;
    change_from(0, frame, value);
}

/* The same for the frames of a whole word, none of which is free. */
static void set_word_free(size_t word)
{
    frames.levels[0].words[word] = ~0ul;
    frames.free_count += WORD_BITS;
    change_from(1, word, true);
}

/* There may be millions of frames, of which most come in whole words. */
static void add_free_range(struct boot_range range)
{
    range = clip(range);
    size_t end = (size_t)(range.end >> PAGE_SHIFT);
    for (size_t frame = (size_t)(range.start >> PAGE_SHIFT); frame < end;) {
        size_t word = frame / WORD_BITS;
        bool is_whole =
            frame % WORD_BITS == 0 && end - frame >= WORD_BITS && frames.levels[0].words[word] == 0;
        if (is_whole)
            set_word_free(word);
        else if (!is_free(frame))
            set_free(frame, true);
        frame += is_whole ? WORD_BITS : 1;
    }
}

/* Frames that are not usable anyway may be in the range. */
static void take_range(struct boot_range range)
{
    range = clip(range);
    for (uint64_t address = range.start; address < range.end; address += PAGE_SIZE) {
        size_t frame = (size_t)(address >> PAGE_SHIFT);
        if (frame < frames.frame_count && is_free(frame))
            set_free(frame, false);
    }
}

static void map_tree(uintptr_t address)
{
    size_t size_bytes = frames_map_bytes();
    for (size_t offset = 0; offset < size_bytes; offset += PAGE_SIZE) {
        physical_address frame;
        if (!early_allocate(&frame) ||
            !paging_map(address + offset, frame, PROTECTION_READ_WRITE, PAGE_CACHE_NORMAL))
            panic("too little memory for the record of %zu frames", frames.frame_count);
    }
    memset((void *)address, 0, size_bytes);
    unsigned long *words = (unsigned long *)address;
    for (unsigned i = 0; i < frames.level_count; i++) {
        frames.levels[i].words = words;
        words += frames.levels[i].word_count;
    }
}

void frames_init(const struct boot_info *info, uintptr_t address)
{
    map_tree(address);
    for (size_t i = 0; i < info->memory_count; i++)
        add_free_range(info->memory[i]);
    for (size_t i = 0; i < ARRAY_COUNT(frames.skipped); i++)
        take_range(frames.skipped[i]);
    const struct boot_range taken = {.start = frames.early.start, .end = frames.early_next};
    take_range(taken);
    frames.is_ready = true;
}

bool frames_allocate(physical_address *frame)
{
    ASSERT(!interrupts_are_on());
    if (!frames.is_ready)
        return early_allocate(frame);
    if (frames.free_count == 0)
        return false;
    size_t index = 0;
    for (unsigned i = frames.level_count; i-- > 0;)
        index = index * WORD_BITS + (size_t)__builtin_ctzl(frames.levels[i].words[index]);
    set_free(index, false);
    *frame = (physical_address)index << PAGE_SHIFT;
    return true;
}

void frames_free(physical_address frame)
{
    ASSERT(!interrupts_are_on());
    ASSERT(frames.is_ready && frame % PAGE_SIZE == 0);
    ASSERT(frame >= FIRST_MIB && frame >> PAGE_SHIFT < frames.frame_count);
    size_t index = (size_t)(frame >> PAGE_SHIFT);
    ASSERT(!is_free(index));
    set_free(index, true);
}

bool paging_frame_allocate(physical_address *frame)
{
    return frames_allocate(frame);
}

void paging_frame_free(physical_address frame)
{
    frames_free(frame);
}

size_t frames_usable_count(void)
{
    return frames.usable_count;
}

size_t frames_free_count(void)
{
    return frames.free_count;
}
