/* hello: the smallest extension. It says when it comes and when it goes. */
#include <mortise/kernel.h>
#include <mortise/module.h>

MODULE_INFO("description", "Says hello and good-bye");
MODULE_INFO("license", "BSD-2-Clause");

int _load(void)
{
    printk("hello: loaded");
    return 0;
}

int _unload(void)
{
    printk("hello: unloaded");
    return 0;
}
