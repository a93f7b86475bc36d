/*
 * What the source of an extension says about itself, and the two functions the kernel calls in it.
 */
#pragma once

#include <mortise/errno.h>

#define MODULE_JOIN_(a, b) a##b
#define MODULE_JOIN(a, b)  MODULE_JOIN_(a, b)

/*
 * MODULE_INFO("description", "Says hello"): a line of the extension's .mod.info section.
 * Keys in use: description, author, license, version.
 */
#define MODULE_INFO(key, value)                                                                    \
    static const char MODULE_JOIN(module_info_, __LINE__)[]                                        \
        __attribute__((used, section(".mod.info"), aligned(1))) = key "=" value

/*
 * _load: called once, when the extension is whole and its memory has its final protections, before
 * any name of it can be seen by others. Returns 0, or an errno number: then everything is undone and
 * the load fails with that number. May sleep. Optional.
 */
int _load(void);

/*
 * _unload: called once before the extension's memory is given back. Returns 0, or an errno number:
 * then the extension stays as it is. May sleep. Optional.
 */
int _unload(void);
