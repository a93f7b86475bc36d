/* Machines as data: what is found by number and class, and that the tables make sense. */
#include <elf.h>
#include <string.h>

#include "lib/checked.h"
#include "loader/machine/machine.h"
#include "tests/host/support.h"

static void a_machine_is_found_by_number_and_class(void **state)
{
    (void)state;
    assert_ptr_equal(machine_find(EM_X86_64, true), &machine_x86_64);
    assert_ptr_equal(machine_find(EM_386, false), &machine_i386);
    assert_null(machine_find(EM_X86_64, false));
    assert_null(machine_find(EM_386, true));
    assert_null(machine_find(EM_AARCH64, true));
    assert_null(machine_find(0, false));
}

static void machines_that_are_not_ours_have_names(void **state)
{
    (void)state;
    assert_string_equal(machine_name(EM_X86_64), machine_x86_64.name);
    assert_string_equal(machine_name(EM_386), machine_i386.name);
    assert_string_equal(machine_name(EM_AARCH64), "aarch64");
    assert_string_equal(machine_name(EM_RISCV), "riscv");
    assert_string_equal(machine_name(0xfffe), "unknown machine");
}

static void expect_bound(const struct machine *machine, const uint32_t *types, size_t count)
{
    size_t bound = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(types[i] < machine->type_count);
        assert_int_not_equal(machine->types[types[i]].formula, FORMULA_UNKNOWN);
    }
    for (uint32_t i = 0; i < machine->type_count; i++)
        bound += machine->types[i].formula != FORMULA_UNKNOWN &&
                 machine->types[i].formula != FORMULA_THREAD;
    assert_int_equal(bound, count);
}

/* Test_relocation knows these and no others: a new type needs its tests there. */
static void the_types_that_are_bound_are_these(void **state)
{
    (void)state;
    static const uint32_t types_64[] = {R_X86_64_NONE,       R_X86_64_8,
                                        R_X86_64_16,         R_X86_64_32,
                                        R_X86_64_32S,        R_X86_64_64,
                                        R_X86_64_PC8,        R_X86_64_PC16,
                                        R_X86_64_PC32,       R_X86_64_PC64,
                                        R_X86_64_PLT32,      R_X86_64_GOTPCREL,
                                        R_X86_64_GOTPCRELX,  R_X86_64_REX_GOTPCRELX,
                                        R_X86_64_GOT32,      R_X86_64_GOT64,
                                        R_X86_64_GOTPLT64,   R_X86_64_GOTOFF64,
                                        R_X86_64_GOTPC32,    R_X86_64_GOTPC64,
                                        R_X86_64_GOTPCREL64, R_X86_64_PLTOFF64,
                                        R_X86_64_SIZE32,     R_X86_64_SIZE64};
    static const uint32_t types_32[] = {
        R_386_NONE,  R_386_8,     R_386_16,     R_386_32,     R_386_PC8,   R_386_PC16,  R_386_PC32,
        R_386_PLT32, R_386_GOT32, R_386_GOT32X, R_386_GOTOFF, R_386_GOTPC, R_386_SIZE32};
    expect_bound(&machine_x86_64, types_64, ARRAY_COUNT(types_64));
    expect_bound(&machine_i386, types_32, ARRAY_COUNT(types_32));
}

static void each_row_is_whole(void **state)
{
    (void)state;
    const struct machine *machines[] = {&machine_x86_64, &machine_i386};
    for (size_t m = 0; m < ARRAY_COUNT(machines); m++) {
        const char *prefix = machines[m]->is_64 ? "R_X86_64_" : "R_386_";
        for (uint32_t i = 0; i < machines[m]->type_count; i++) {
            const struct relocation_type *type = &machines[m]->types[i];
            assert_true(type->name == NULL || strncmp(type->name, prefix, strlen(prefix)) == 0);
            bool has_place = type->formula > FORMULA_NONE && type->formula != FORMULA_THREAD;
            assert_int_equal(type->name != NULL, type->formula != FORMULA_UNKNOWN);
            assert_int_equal(type->width_bytes != 0, has_place);
            assert_true(type->width_bytes <= (machines[m]->is_64 ? 8 : 4));
            assert_true(type->width_bytes == 0 || is_power_of_two(type->width_bytes));
            /* The loop over entries has no other forms. */
            assert_true(type->form == RELOCATION_FORM_RARE || type->formula <= FORMULA_CALL);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_machine_is_found_by_number_and_class),
        cmocka_unit_test(machines_that_are_not_ours_have_names),
        cmocka_unit_test(the_types_that_are_bound_are_these),
        cmocka_unit_test(each_row_is_whole),
    };
    return cmocka_run_group_tests_name("machine", tests, NULL, NULL);
}
