/* lib/list.h: order, removal, and walking while removing. */
#include "tests/host/support.h"

#include "lib/list.h"

struct element {
    int number;
    struct list link;
};

/* The numbers on the list as one decimal number, read forwards; checks the backward links too. */
static int list_numbers(struct list *head)
{
    int numbers = 0;
    list_for_each (link, head) {
        assert_ptr_equal(link->next->previous, link);
        numbers = numbers * 10 + LIST_ENTRY(link, struct element, link)->number;
    }
    assert_ptr_equal(head->next->previous, head);
    return numbers;
}

static void new_list_is_empty(void **state UNUSED)
{
    struct list head;
    list_init(&head);
    assert_true(list_is_empty(&head));
    assert_int_equal(list_numbers(&head), 0);
}

static void elements_stand_where_they_were_added(void **state UNUSED)
{
    struct element one = {.number = 1}, two = {.number = 2}, three = {.number = 3};
    struct list head;
    list_init(&head);
    list_add_last(&head, &two.link);
    list_add_last(&head, &three.link);
    list_add_first(&head, &one.link);
    assert_int_equal(list_numbers(&head), 123);
    assert_false(list_is_empty(&head));
}

static void removed_element_is_on_no_list_and_can_be_added_again(void **state UNUSED)
{
    struct element one = {.number = 1}, two = {.number = 2};
    struct list head;
    list_init(&head);
    list_add_last(&head, &one.link);
    list_add_last(&head, &two.link);
    list_remove(&one.link);
    assert_int_equal(list_numbers(&head), 2);
    assert_null(one.link.next);
    assert_null(one.link.previous);
    list_add_last(&head, &one.link);
    assert_int_equal(list_numbers(&head), 21);
}

static void element_under_the_cursor_may_be_removed(void **state UNUSED)
{
    struct element elements[4];
    struct list head;
    list_init(&head);
    for (int i = 0; i < 4; i++) {
        elements[i].number = i + 1;
        list_add_last(&head, &elements[i].link);
    }
    list_for_each_safe (link, &head) {
        if (LIST_ENTRY(link, struct element, link)->number % 2 == 0)
            list_remove(link);
    }
    assert_int_equal(list_numbers(&head), 13);
    list_for_each_safe (link, &head)
        list_remove(link);
    assert_true(list_is_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_list_is_empty),
        cmocka_unit_test(elements_stand_where_they_were_added),
        cmocka_unit_test(removed_element_is_on_no_list_and_can_be_added_again),
        cmocka_unit_test(element_under_the_cursor_may_be_removed),
    };
    return cmocka_run_group_tests_name("lib_list", tests, NULL, NULL);
}
