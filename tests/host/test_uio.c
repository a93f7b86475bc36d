/* uiomove, and libsys' sizes: what is moved, what is counted, and that an error changes nothing. */
#include "tests/host/support.h"

#include <string.h>

#include "lib/compiler.h"

#include "kernel/service/uio.c"
#include "libsys/d_align.c"
#include "libsys/d_roundup.c"

#define PIECES 4

/* "abc", nothing, "defgh", "ij": ten bytes. */
struct caller {
    char bytes[3][8];
    struct iovec pieces[PIECES];
    struct uio uio;
};

static void caller_init(struct caller *caller)
{
    *caller = (struct caller){.bytes = {"abc", "defgh", "ij"}};
    caller->pieces[0] = (struct iovec){caller->bytes[0], 3};
    caller->pieces[1] = (struct iovec){NULL, 0};
    caller->pieces[2] = (struct iovec){caller->bytes[1], 5};
    caller->pieces[3] = (struct iovec){caller->bytes[2], 2};
    caller->uio = (struct uio){
        .uio_iov = caller->pieces,
        .uio_iovcnt = PIECES,
        .uio_offset = 100,
        .uio_resid = 10,
        .uio_segflg = UIO_SYSSPACE,
    };
}

static void expect_moved(const struct caller *caller, int moved)
{
    assert_int_equal(caller->uio.uio_resid, 10 - moved);
    assert_int_equal(caller->uio.uio_offset, 100 + moved);
    assert_int_equal(caller->uio.uio_iovcnt + caller->uio.uio_iovdcnt, PIECES);
    assert_ptr_equal(caller->uio.uio_iov, caller->pieces + caller->uio.uio_iovdcnt);
}

static void a_write_takes_the_callers_bytes_in_order(void **state UNUSED)
{
    struct caller caller;
    char got[16] = "";
    caller_init(&caller);
    assert_int_equal(uiomove(got, 10, UIO_WRITE, &caller.uio), 0);
    assert_string_equal(got, "abcdefghij");
    expect_moved(&caller, 10);
    assert_int_equal(caller.uio.uio_iovcnt, 0);
}

static void a_read_gives_the_caller_bytes_in_order(void **state UNUSED)
{
    struct caller caller;
    caller_init(&caller);
    assert_int_equal(uiomove("ABCDEFGHIJ", 10, UIO_READ, &caller.uio), 0);
    assert_string_equal(caller.bytes[0], "ABC");
    assert_string_equal(caller.bytes[1], "DEFGH");
    assert_string_equal(caller.bytes[2], "IJ");
    expect_moved(&caller, 10);
}

static void calls_go_on_where_the_last_one_ended(void **state UNUSED)
{
    for (int step = 1; step <= 10; step++) {
        struct caller caller;
        char got[24] = "";
        caller_init(&caller);
        int moved = 0;
        while (caller.uio.uio_resid > 0) {
            assert_int_equal(uiomove(got + moved, step, UIO_WRITE, &caller.uio), 0);
            moved = moved + step > 10 ? 10 : moved + step;
            expect_moved(&caller, moved);
        }
        assert_string_equal(got, "abcdefghij");
    }
}

static void both_directions_can_follow_each_other(void **state UNUSED)
{
    struct caller caller;
    char got[4] = "";
    caller_init(&caller);
    assert_int_equal(uiomove(got, 2, UIO_WRITE, &caller.uio), 0);
    assert_string_equal(got, "ab");
    assert_int_equal(uiomove("XYZ", 3, UIO_READ, &caller.uio), 0);
    assert_string_equal(caller.bytes[0], "abX");
    assert_string_equal(caller.bytes[1], "YZfgh");
}

static void no_more_is_moved_than_the_rest(void **state UNUSED)
{
    struct caller caller;
    char got[16] = "";
    caller_init(&caller);
    caller.uio.uio_resid = 4;
    assert_int_equal(uiomove(got, 10, UIO_WRITE, &caller.uio), 0);
    assert_string_equal(got, "abcd");
    assert_int_equal(caller.uio.uio_resid, 0);
    assert_int_equal(uiomove(got, 10, UIO_WRITE, &caller.uio), 0);
    assert_string_equal(got, "abcd");
    assert_int_equal(caller.uio.uio_offset, 104);
}

static void nothing_needs_no_addresses(void **state UNUSED)
{
    struct uio nothing = {.uio_segflg = UIO_SYSSPACE};
    char byte;
    assert_int_equal(uiomove(NULL, 0, UIO_READ, &nothing), 0);
    assert_int_equal(uiomove(&byte, 1, UIO_WRITE, &nothing), 0);
}

/* Calls with the caller as it is now: an error, and not a byte of it has changed. */
static void expect_refused(struct caller *caller, int error, char *bytes, int count, int direction)
{
    struct caller before = *caller;
    char got[16] = "0123456789";
    assert_int_equal(
        uiomove(bytes != NULL ? got : NULL, count, (enum uio_rw)direction, &caller->uio), error);
    assert_memory_equal(caller, &before, sizeof(before));
    assert_string_equal(got, "0123456789");
}

static void wrong_arguments_are_refused_and_change_nothing(void **state UNUSED)
{
    struct caller caller;
    char some[1];
    caller_init(&caller);
    assert_int_equal(uiomove(some, 1, UIO_READ, NULL), EFAULT);
    expect_refused(&caller, EINVAL, some, -1, UIO_WRITE);
    expect_refused(&caller, EINVAL, some, INT32_MIN, UIO_READ);
    expect_refused(&caller, EINVAL, some, 1, 2);
    expect_refused(&caller, EFAULT, NULL, 1, UIO_WRITE);
    caller.uio.uio_segflg = UIO_USERSPACE;
    expect_refused(&caller, EINVAL, some, 1, UIO_WRITE);
    caller_init(&caller);
    caller.uio.uio_resid = -1;
    expect_refused(&caller, EINVAL, some, 1, UIO_WRITE);
}

static void wrong_pieces_are_refused_and_change_nothing(void **state UNUSED)
{
    struct caller caller;
    char some[1];
    caller_init(&caller);
    caller.uio.uio_iov = NULL;
    expect_refused(&caller, EFAULT, some, 1, UIO_WRITE);
    caller_init(&caller);
    caller.uio.uio_iovcnt = 3; /* 8 bytes, of 10 that were promised */
    expect_refused(&caller, EINVAL, some, 9, UIO_READ);
    caller.uio.uio_iovcnt = -1;
    expect_refused(&caller, EINVAL, some, 1, UIO_READ);
    caller_init(&caller);
    caller.pieces[2].iov_base = NULL; /* not the first: nothing of the first may be moved */
    expect_refused(&caller, EFAULT, some, 10, UIO_READ);
    caller.pieces[2] = (struct iovec){caller.bytes[1], SIZE_MAX};
    expect_refused(&caller, EFAULT, some, 10, UIO_READ);
}

static void pieces_behind_what_is_moved_are_not_looked_at(void **state UNUSED)
{
    struct caller caller;
    char got[4] = "";
    caller_init(&caller);
    caller.pieces[2].iov_base = NULL;
    assert_int_equal(uiomove(got, 3, UIO_WRITE, &caller.uio), 0);
    assert_string_equal(got, "abc");
}

static void sizes_are_rounded_to_cache_lines(void **state UNUSED)
{
    const int line = 1 << d_align();
    assert_int_equal(line, 64);
    assert_int_equal(d_roundup(0), 0);
    assert_int_equal(d_roundup(1), line);
    assert_int_equal(d_roundup(line), line);
    assert_int_equal(d_roundup(line + 1), 2 * line);
    assert_int_equal(d_roundup(1000000), 1000000);
    assert_int_equal(d_roundup(-1), 0);
    assert_int_equal(d_roundup(INT32_MIN), 0);
    assert_int_equal(d_roundup(INT32_MAX - line), INT32_MAX - line + 1);
    assert_int_equal(d_roundup(INT32_MAX), INT32_MAX - line + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_takes_the_callers_bytes_in_order),
        cmocka_unit_test(a_read_gives_the_caller_bytes_in_order),
        cmocka_unit_test(calls_go_on_where_the_last_one_ended),
        cmocka_unit_test(both_directions_can_follow_each_other),
        cmocka_unit_test(no_more_is_moved_than_the_rest),
        cmocka_unit_test(nothing_needs_no_addresses),
        cmocka_unit_test(wrong_arguments_are_refused_and_change_nothing),
        cmocka_unit_test(wrong_pieces_are_refused_and_change_nothing),
        cmocka_unit_test(pieces_behind_what_is_moved_are_not_looked_at),
        cmocka_unit_test(sizes_are_rounded_to_cache_lines),
    };
    return cmocka_run_group_tests_name("uio", tests, NULL, NULL);
}
