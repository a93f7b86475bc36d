/*
 * What modld adds to a plain ELF relocatable object: the .mod.* sections, as they stand in the file.
 *
 * All numbers are little-endian and of the same width in 32-bit and 64-bit objects. None of the
 * sections is given memory in the kernel. Every one may be missing: then the object has no
 * description, exports every global symbol that it defines, and imports every undefined name from
 * /unix.
 *
 *   .mod.info     strings `key=value`, each ended by a zero byte; the C macro MODULE_INFO writes them
 *                 too, and modld keeps those. Empty strings between them (alignment) are skipped.
 *   .mod.link     strings `key=value` that modld writes: how the object was linked.
 *                     entry=NAME      the entry point for configuration (-e), a global function
 *                     libpath=DIRS    where dependents without a / in their name are looked for
 *                     type=SRE        a shared, reusable module: meant as a dependent of others
 *   .mod.files    strings ended by a zero byte: the files that symbols are imported from, in the form
 *                 `/unix`, `path` or `path(member)`. The first is file 0.
 *   .mod.exports  an array of struct mod_export, ascending by symbol
 *   .mod.imports  an array of struct mod_import, ascending by symbol
 *
 * Names are not written again: a record names an entry of the object's symbol table, and carries the
 * hash of that entry's name (lib/hash.h). A tool that renumbers symbols afterwards therefore cannot
 * make the loader take one symbol for another: the hash no longer agrees, and the load is refused.
 */
#pragma once

#include <stdint.h>

#define MOD_INFO_SECTION    ".mod.info"
#define MOD_LINK_SECTION    ".mod.link"
#define MOD_FILES_SECTION   ".mod.files"
#define MOD_EXPORTS_SECTION ".mod.exports"
#define MOD_IMPORTS_SECTION ".mod.imports"
#define MOD_SECTION_PREFIX  ".mod."

/* Keys of .mod.link. */
#define MOD_LINK_ENTRY   "entry"
#define MOD_LINK_LIBPATH "libpath"
#define MOD_LINK_TYPE    "type"
#define MOD_TYPE_SHARED  "SRE"

/* The kernel's own name in an import file: its global name space. */
#define MOD_FILE_KERNEL "/unix"

/* Classes of an export (AIX export file keywords; AIX reference, section 3.1). */
enum mod_class {
    MOD_CLASS_SERVICE = 0,     /* an ordinary symbol */
    MOD_CLASS_SYSCALL32 = 1,   /* also a system call of 32-bit programs */
    MOD_CLASS_SYSCALL64 = 2,   /* also a system call of 64-bit programs */
    MOD_CLASS_SYSCALL3264 = 3, /* of both */
};

struct mod_export {
    uint32_t symbol; /* index into .symtab; a global symbol defined in this object */
    uint32_t hash;   /* hash_name of its name */
    uint32_t mclass; /* enum mod_class */
};

struct mod_import {
    uint32_t symbol; /* index into .symtab; an undefined global symbol */
    uint32_t hash;   /* hash_name of its name */
    uint32_t file;   /* index into .mod.files */
};

_Static_assert(sizeof(struct mod_export) == 12, "the file format fixes the size");
_Static_assert(sizeof(struct mod_import) == 12, "the file format fixes the size");
