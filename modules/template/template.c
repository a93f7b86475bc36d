/*
 * A first extension: says that it came, says that it goes, and offers one function in between.
 */
#include <mortise/kernel.h>
#include <mortise/module.h>

MODULE_INFO("description", "A first extension");
MODULE_INFO("license", "BSD-2-Clause");

int template_answer(void);

int _load(void)
{
    printk("template: loaded, the answer is %d", template_answer());
    return 0;
}

int _unload(void)
{
    printk("template: unloaded");
    return 0;
}

/* Exported by template.exp: an extension loaded later can import it. */
int template_answer(void)
{
    return 42;
}
