/* Names for code addresses: the kernel's own by the table that the build makes, others by a hook. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Finds the function of an extension that `address` lies in: its name, how far behind its start, and
 * the extension's name; what it points to stays valid until the panic's report is done. False when
 * the address belongs to no extension. Called in any context, so it must not sleep or wait.
 */
typedef bool (*symbols_extension_hook)(uintptr_t address, const char **name, uintptr_t *offset,
                                       const char **extension);
void symbols_set_extension_hook(symbols_extension_hook hook);

/* True for an address in the kernel's own code. Any context. */
bool symbols_is_kernel_code(uintptr_t address);

/*
 * "name+0x1c", or "name+0x1c [extension]", or "?" when nobody knows, into `buffer`; cut where it does
 * not fit. Any context.
 */
void symbol_describe(uintptr_t address, char *buffer, size_t size_bytes);
