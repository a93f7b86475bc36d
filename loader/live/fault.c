/* Failures on demand; see the header. */
#include "loader/live/fault.h"

#include "loader/host.h"

static struct {
    uint32_t at;
    uint32_t passed;
    bool and_later;
    bool is_counting;
} fault;

void fault_begin(uint32_t at, bool and_later)
{
    fault.at = at;
    fault.and_later = and_later;
    fault.passed = 0;
    fault.is_counting = true;
}

void fault_end(void)
{
    fault.is_counting = false;
}

uint32_t fault_count(void)
{
    return fault.passed;
}

bool fault_point(void)
{
    if (!fault.is_counting)
        return false;
    fault.passed++;
    return fault.at != 0 &&
           (fault.passed == fault.at || (fault.and_later && fault.passed > fault.at));
}

void *fault_allocate(size_t size_bytes)
{
    return fault_point() ? NULL : host_allocate(size_bytes);
}

uintptr_t fault_pages_allocate(size_t page_count, size_t alignment_bytes)
{
    return fault_point() ? 0 : host_pages_allocate(page_count, alignment_bytes);
}

enum status fault_file_open(const char *path, struct span *contents)
{
    return fault_point() ? STATUS_FAULT_INJECTED : host_file_open(path, contents);
}
