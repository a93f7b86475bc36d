/* Checks and choices that the fuzz targets share; see the header. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "lib/status.h"
#include "tests/host/support.h"

static volatile uint8_t byte_read;

void fuzz_check_answer(enum status status, const struct diagnosis *diagnosis)
{
    char line[DIAGNOSIS_FILE_MAX + DIAGNOSIS_MEMBER_MAX + 2 * DIAGNOSIS_DETAIL_MAX];
    ASSERT(diagnosis->status == status);
    ASSERT(diagnosis->error == status_errno(status));
    ASSERT((status == STATUS_OK) == (diagnosis->error == 0));
    ASSERT(strcmp(status_sentence(status), status_sentence((enum status) - 1)) != 0);
    ASSERT(memchr(diagnosis->detail, 0, sizeof(diagnosis->detail)) != NULL);
    ASSERT(diagnosis_format(diagnosis, line, sizeof(line)) < sizeof(line));
}

void fuzz_check_inside(struct span part, struct span whole)
{
    if (part.size == 0)
        return;
    ASSERT(part.bytes >= whole.bytes && part.size <= whole.size);
    ASSERT((size_t)(part.bytes - whole.bytes) <= whole.size - part.size);
    byte_read = part.bytes[0];
    byte_read = part.bytes[part.size - 1];
}

struct fuzz_random fuzz_random_start(unsigned seed)
{
    return (struct fuzz_random){seed * 0x9e3779b97f4a7c15ull + 1};
}

uint64_t fuzz_next(struct fuzz_random *random)
{
    return random_next(&random->state);
}

uint32_t fuzz_below(struct fuzz_random *random, uint32_t limit)
{
    return (uint32_t)((fuzz_next(random) >> 32) % limit);
}

uint64_t fuzz_number(struct fuzz_random *random, uint64_t old, size_t size)
{
    switch (fuzz_below(random, 10)) {
    case 0:
        return 0;
    case 1:
        return old + 1;
    case 2:
        return old - 1;
    case 3:
        return size + fuzz_below(random, 3) - 1;
    case 4:
        return (1ull << fuzz_below(random, 64)) + fuzz_below(random, 3) - 1;
    case 5:
        return UINT64_MAX >> fuzz_below(random, 64);
    case 6:
        return old ^ 1ull << fuzz_below(random, 64);
    case 7:
        return fuzz_next(random) >> fuzz_below(random, 64);
    default:
        return fuzz_below(random, 24);
    }
}
