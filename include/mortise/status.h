/*
 * Every way in which loading and unloading can end, as one table.
 *
 * A row is STATUS(name, number, errno, sentence, advice):
 *   name      the enumerator is STATUS_<name>
 *   number    stable for ever; shown as E<number>. 1xx files and archives, 2xx objects,
 *             3xx linking, 4xx living extensions, 5xx objects: what they ask for
 *   errno     what a caller that only understands errno is given
 *   sentence  why not; the thing at fault stands before it, its numbers behind it
 *   advice    the way out; "" where the sentence already says it
 *
 * A number is never given to another meaning. 224, which refused symbols with values outside their
 * sections, and 227, which refused indirect functions, are gone.
 *
 * The enumerators, the table that lib/status.c makes of these rows and the documentation all come from
 * here.
 */
#pragma once

#define STATUS_TABLE(STATUS)                                                                       \
    STATUS(OK, 0, 0, "ok", "")                                                                     \
    /* files and archives */                                                                       \
    STATUS(FILE_MISSING, 101, ENOENT, "no such file", "see what there is with `ls`")               \
    STATUS(FILE_DIRECTORY, 102, EISDIR, "is a directory", "name a file in it")                     \
    STATUS(FILE_EMPTY, 103, ENOEXEC, "the file is empty", "build it again")                        \
    STATUS(FILE_FORMAT, 104, ENOEXEC, "neither an ELF object nor an ar archive",                   \
           "give an object made by a compiler with -c, by `ld -r` or by modld, or an archive of "  \
           "such objects")                                                                         \
    STATUS(PATH_TOO_LONG, 105, ENAMETOOLONG, "the path is too long", "use a shorter path")         \
    STATUS(PATH_EMPTY, 106, EINVAL, "the path is empty", "name a file")                            \
    STATUS(FILE_READ, 107, EIO, "the file could not be read", "")                                  \
    STATUS(ARCHIVE_THIN, 110, ENOEXEC,                                                             \
           "a thin archive names its members' files but does not hold them",                       \
           "make it without T: `ar rcs`")                                                          \
    STATUS(ARCHIVE_HEADER, 111, ENOEXEC,                                                           \
           "a member header of the archive does not end with its mark",                            \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_CUT, 112, ENOEXEC, "the archive ends inside a member",                          \
           "copy or make the archive again")                                                       \
    STATUS(ARCHIVE_NAME, 113, ENOEXEC, "a long member name lies outside the table of names",       \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_NO_MEMBER, 114, ENOEXEC, "no member of the archive has this kernel's mode",     \
           "add an object compiled for this kernel")                                               \
    STATUS(MEMBER_MISSING, 115, ENOENT, "the archive has no member of this name",                  \
           "see its members with `ar t`")                                                          \
    STATUS(MEMBER_UNNAMED, 116, EINVAL, "a dependency on an archive must name its member",         \
           "write `#! path(member)` in the import file")                                           \
    STATUS(LIBPATH, 117, EINVAL, "a part of the library path is empty or too long",                \
           "give folders separated by single colons")                                              \
    STATUS(LIBPATH_MISSING, 118, ENOENT, "no folder of the library path has this file",            \
           "give the folder with kload -L, or link with -blibpath")                                \
    STATUS(ARCHIVE_HEADER_CUT, 119, ENOEXEC, "the archive ends inside a member header",            \
           "copy or make the archive again")                                                       \
    STATUS(ARCHIVE_SIZE, 120, ENOEXEC, "a member's size is not a decimal number",                  \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_NAME_NUMBER, 121, ENOEXEC, "the place of a long member name is not a number",   \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_NAME_TABLE, 122, ENOEXEC,                                                       \
           "a member has a long name and no table of names stands before it",                      \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_NAME_END, 123, ENOEXEC,                                                         \
           "the archive's table of long names does not end with a new line",                       \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_BSD_NUMBER, 124, ENOEXEC, "the length of a BSD member name is not a number",    \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_BSD_LENGTH, 125, ENOEXEC, "a BSD member name is longer than its member",        \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(ARCHIVE_NAME_EMPTY, 126, ENOEXEC, "a member of the archive has no name",                \
           "make the archive again with `ar rcs`")                                                 \
    STATUS(LIBPATH_LIMIT, 127, EINVAL, "the library path has more folders than the limit",         \
           "give fewer folders, or name the file with its folder")                                 \
    STATUS(LIBPATH_SEARCHES, 128, EINVAL,                                                          \
           "the paths at which dependents were looked for are together too long",                  \
           "name the dependents' files with their folders")                                        \
    /* objects */                                                                                  \
    STATUS(ELF_CUT, 201, ENOEXEC, "the file ends inside the ELF header", "build the object again") \
    STATUS(ELF_CLASS, 202, ENOEXEC, "the ELF class is neither 32-bit nor 64-bit",                  \
           "build the object again")                                                               \
    STATUS(ELF_ENCODING, 203, ENOEXEC, "the object is not little-endian",                          \
           "compile it for x86_64 or i386")                                                        \
    STATUS(ELF_VERSION, 204, ENOEXEC, "the ELF version is not 1", "build the object again")        \
    STATUS(ELF_TYPE, 205, ENOEXEC, "not a relocatable object",                                     \
           "link with `ld -r` or modld, not as a program or shared library")                       \
    STATUS(ELF_MACHINE, 206, ENOEXEC, "the object is for another machine",                         \
           "compile it for x86_64 or i386")                                                        \
    STATUS(ELF_MODE, 207, ENOEXEC, "the object is not of this kernel's mode",                      \
           "compile it for this kernel (-m64 or -m32), or give an archive with both")              \
    STATUS(ELF_HEADER_SIZE, 208, ENOEXEC, "the ELF header gives wrong sizes",                      \
           "build the object again")                                                               \
    STATUS(MOD_FILES_LIMIT, 209, ENOEXEC, "the object imports from more files than the limit",     \
           "import from fewer files")                                                              \
    STATUS(SECTION_TABLE, 210, ENOEXEC, "the section table lies outside the file",                 \
           "the file is cut or damaged: copy or build it again")                                   \
    STATUS(SECTION_COUNT, 211, ENOEXEC, "the object has no section", "build the object again")     \
    STATUS(SECTION_NAMES, 212, ENOEXEC, "the section with the section names does not exist",       \
           "build the object again")                                                               \
    STATUS(SECTION_RANGE, 213, ENOEXEC, "a section lies outside the file",                         \
           "the file is cut or damaged: copy or build it again")                                   \
    STATUS(SECTION_ALIGNMENT, 214, ENOEXEC, "a section's alignment is larger than the limit",      \
           "use a smaller alignment")                                                              \
    STATUS(SECTION_WRITE_EXECUTE, 215, ENOEXEC, "a section is both writable and executable",       \
           "separate code and data")                                                               \
    STATUS(SECTION_TLS, 216, ENOEXEC, "thread-local storage does not exist in this kernel",        \
           "remove __thread or _Thread_local, or the option or library that brings it")            \
    STATUS(SECTION_TYPE, 217, ENOEXEC, "a section that must be loaded is of a kind that cannot",   \
           "build the object again without it")                                                    \
    STATUS(SECTION_SIZE, 218, ENOEXEC, "the sections are larger than an extension may be",         \
           "make the extension smaller")                                                           \
    STATUS(SECTION_NULL, 219, ENOEXEC, "section 0 is not the null section",                        \
           "build the object again")                                                               \
    STATUS(STRINGS, 220, ENOEXEC, "the symbols' string table does not end with a zero byte",       \
           "build the object again")                                                               \
    STATUS(SYMBOL_TABLE, 221, ENOEXEC, "the object has more than one symbol table",                \
           "build the object again")                                                               \
    STATUS(SYMBOL_NAME, 222, ENOEXEC, "a symbol's name lies outside the string table",             \
           "build the object again")                                                               \
    STATUS(SYMBOL_SECTION, 223, ENOEXEC, "a symbol's section does not exist",                      \
           "build the object again")                                                               \
    STATUS(SYMBOL_DUPLICATE, 225, ENOEXEC, "a name is defined twice in the same object",           \
           "make one of the two static or rename it")                                              \
    STATUS(SYMBOL_COMMON, 226, ENOEXEC, "a COMMON symbol is local", "build the object again")      \
    STATUS(SYMBOL_NAME_LENGTH, 228, ENOEXEC, "a symbol's name is longer than the limit",           \
           "use a shorter name")                                                                   \
    STATUS(GROUP_NAMES_TOTAL, 229, ENOEXEC,                                                        \
           "the signatures of section groups are together too long",                               \
           "build the object again: many groups have long signatures that are the same")           \
    STATUS(RELOCATION_TABLE, 230, ENOEXEC, "a relocation table is not usable",                     \
           "build the object again")                                                               \
    STATUS(RELOCATION_PLACE, 231, ENOEXEC, "a relocation's place lies outside its section",        \
           "build the object again")                                                               \
    STATUS(RELOCATION_SYMBOL, 232, ENOEXEC, "a relocation's symbol does not exist",                \
           "build the object again")                                                               \
    STATUS(RELOCATION_TYPE, 233, ENOEXEC, "a relocation is of a type this loader does not know",   \
           "build the object again, with a current gcc or clang")                                  \
    STATUS(RELOCATION_OVERFLOW, 234, ENOEXEC, "a relocated value does not fit its place",          \
           "keep the target within reach, or compile for 64 bits with -mcmodel=kernel "            \
           "(rustc: -C code-model=kernel)")                                                        \
    STATUS(RELOCATION_TLS, 235, ENOEXEC, "a relocation is for a thread-local variable",            \
           "compile without __thread and _Thread_local: keep one variable for each task or CPU")   \
    STATUS(                                                                                        \
        RELOCATION_UNLOADED, 236, ENOEXEC,                                                         \
        "a relocation refers to a symbol in a section that gets no memory",                        \
        "put the symbol into a section with the flag \"a\" (SHF_ALLOC), no table for unwinding")   \
    STATUS(RELOCATION_SIZE, 237, ENOEXEC, "a relocation wants the size of an imported symbol",     \
           "size relocations are for symbols that the object itself defines")                      \
    STATUS(RELOCATION_OVERLAP, 238, ENOEXEC, "a relocation changes what another one is for",       \
           "build the object again")                                                               \
    STATUS(MOD_INFO, 240, ENOEXEC, "what describes the object is not a list of key=value strings", \
           "write it with MODULE_INFO or modld")                                                   \
    STATUS(MOD_EXPORTS, 241, ENOEXEC, "an export's hash is not that of its symbol's name",         \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_IMPORTS, 242, ENOEXEC, "an import's hash is not that of its symbol's name",         \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_INFO_END, 243, ENOEXEC, "what describes the object does not end with a zero byte",  \
           "write it with MODULE_INFO or modld")                                                   \
    STATUS(MOD_INFO_KEY, 244, ENOEXEC, "a line that describes the object has no key before its =", \
           "write it with MODULE_INFO or modld")                                                   \
    STATUS(MOD_EXPORTS_SIZE, 245, ENOEXEC, "the .mod.exports section ends inside a record",        \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_EXPORT_SYMBOL, 246, ENOEXEC, "an export's symbol does not exist",                   \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_EXPORT_LOCAL, 247, ENOEXEC, "an export's symbol is local",                          \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_EXPORT_UNDEFINED, 248, ENOEXEC, "an export's symbol is not defined in the object",  \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_EXPORT_CLASS, 249, ENOEXEC, "an export is of an unknown class",                     \
           "link it again with modld")                                                             \
    STATUS(MOD_FILES_END, 295, ENOEXEC, "the .mod.files section does not end with a zero byte",    \
           "link it again with modld")                                                             \
    STATUS(MOD_IMPORTS_SIZE, 296, ENOEXEC, "the .mod.imports section ends inside a record",        \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_IMPORTS_ORDER, 297, ENOEXEC,                                                        \
           "the records of .mod.imports are not in the order of the symbols",                      \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_IMPORT_FILE, 298, ENOEXEC, "an import's file is not in .mod.files",                 \
           "link it again with modld")                                                             \
    STATUS(MOD_IMPORT_SYMBOL, 299, ENOEXEC, "an import's symbol does not exist",                   \
           "the object was changed after modld wrote it: run modld last")                          \
    STATUS(MOD_IMPORT_DEFINED, 239, ENOEXEC, "an import's symbol is defined in the object itself", \
           "the object was changed after modld wrote it: run modld last")                          \
    /* objects: their structure */                                                                 \
    STATUS(SECTION_COUNT_RESERVED, 250, ENOEXEC,                                                   \
           "the number of sections in the ELF header is a reserved one", "build the object again") \
    STATUS(SECTION_LIMIT, 251, ENOEXEC, "the object has more sections than the limit",             \
           "compile without -ffunction-sections, or link it in pieces")                            \
    STATUS(SECTION_NAMES_RANGE, 252, ENOEXEC, "the section names lie outside the file",            \
           "the file is cut or damaged: copy or build it again")                                   \
    STATUS(SECTION_NAMES_TYPE, 253, ENOEXEC, "the section names are not in a string table",        \
           "build the object again")                                                               \
    STATUS(SECTION_NAMES_END, 254, ENOEXEC, "the section names do not end with a zero byte",       \
           "build the object again")                                                               \
    STATUS(SECTION_NAME, 255, ENOEXEC, "a section's name lies outside the section names",          \
           "build the object again")                                                               \
    STATUS(SECTION_HEADER_SIZE, 256, ENOEXEC, "the ELF header gives wrong section header sizes",   \
           "build the object again")                                                               \
    STATUS(SECTION_ALIGNMENT_POWER, 257, ENOEXEC, "a section's alignment is not a power of two",   \
           "build the object again")                                                               \
    STATUS(SYMBOL_ENTRY_SIZE, 258, ENOEXEC, "the symbol table gives wrong symbol sizes",           \
           "build the object again")                                                               \
    STATUS(SYMBOL_TABLE_SIZE, 259, ENOEXEC, "the symbol table ends inside a symbol",               \
           "build the object again")                                                               \
    STATUS(SYMBOL_LIMIT, 260, ENOEXEC, "the object has more symbols than the limit",               \
           "link it in pieces")                                                                    \
    STATUS(SYMBOL_STRINGS, 261, ENOEXEC, "the symbols' string table does not exist",               \
           "build the object again")                                                               \
    STATUS(STRINGS_TYPE, 262, ENOEXEC, "the symbols' strings are not in a string table",           \
           "build the object again")                                                               \
    STATUS(SYMBOL_FIRST_GLOBAL, 263, ENOEXEC, "the first symbol that is not local does not exist", \
           "build the object again")                                                               \
    STATUS(SYMBOL_ORDER, 264, ENOEXEC, "local symbols do not stand before all others",             \
           "build the object again")                                                               \
    STATUS(SYMBOL_NULL, 265, ENOEXEC, "symbol 0 is not all zeroes", "build the object again")      \
    STATUS(SYMBOL_TLS, 266, ENOEXEC, "a symbol is thread-local, which this kernel has not",        \
           "remove __thread or _Thread_local, or the option or library that brings it")            \
    STATUS(SYMBOL_SECTION_RESERVED, 267, ENOEXEC, "a symbol's section is a reserved number",       \
           "build the object again")                                                               \
    STATUS(SYMBOL_INDEX_MISSING, 268, ENOEXEC,                                                     \
           "a symbol's section is in a table of section numbers that does not exist",              \
           "build the object again")                                                               \
    STATUS(SYMBOL_INDEX_TABLES, 269, ENOEXEC,                                                      \
           "the object has more than one table of section numbers", "build the object again")      \
    STATUS(SYMBOL_INDEX_LINK, 270, ENOEXEC,                                                        \
           "the table of section numbers is not for the symbol table", "build the object again")   \
    STATUS(SYMBOL_INDEX_ENTRY_SIZE, 271, ENOEXEC,                                                  \
           "the table of section numbers gives wrong sizes", "build the object again")             \
    STATUS(SYMBOL_INDEX_COUNT, 272, ENOEXEC,                                                       \
           "the table of section numbers has not one for each symbol", "build the object again")   \
    STATUS(ELF_IDENTITY_VERSION, 273, ENOEXEC, "the version in the ELF identity is not 1",         \
           "build the object again")                                                               \
    STATUS(SECTION_NAMES_RESERVED, 274, ENOEXEC,                                                   \
           "the section with the section names has a reserved number", "build the object again")   \
    STATUS(PLACEMENT_SIZE, 275, ENOEXEC,                                                           \
           "the sections and what their alignment adds are larger than an extension may be",       \
           "use smaller alignments")                                                               \
    STATUS(FILE_BITCODE, 276, ENOEXEC, "the file is LLVM bitcode, not machine code",               \
           "compile without -flto (rustc: without -C linker-plugin-lto)")                          \
    STATUS(OBJECT_LTO, 277, ENOEXEC,                                                               \
           "the object holds gcc's intermediate code only, not machine code",                      \
           "compile without -flto, or with -ffat-lto-objects")                                     \
    STATUS(ELF_X32, 278, ENOEXEC, "the object is for x32, which no kernel here is",                \
           "compile with -m64 or -m32 instead of -mx32")                                           \
    STATUS(SYMBOL_TYPE, 279, ENOEXEC, "a symbol is of an unknown type", "build the object again")  \
    STATUS(SYMBOL_BINDING, 280, ENOEXEC, "a symbol has an unknown binding",                        \
           "build the object again")                                                               \
    STATUS(COMMON_ALIGNMENT_POWER, 281, ENOEXEC,                                                   \
           "a COMMON symbol's alignment is not a power of two", "build the object again")          \
    STATUS(COMMON_ALIGNMENT, 282, ENOEXEC, "a COMMON symbol's alignment is larger than the limit", \
           "use a smaller alignment")                                                              \
    STATUS(COMMON_SIZE, 283, ENOEXEC, "COMMON symbols are larger than an extension may be",        \
           "make the extension smaller")                                                           \
    STATUS(GROUP_LINK, 284, ENOEXEC, "a section group's signature is not in the symbol table",     \
           "build the object again")                                                               \
    STATUS(GROUP_SIGNATURE, 285, ENOEXEC, "a section group's signature does not exist",            \
           "build the object again")                                                               \
    STATUS(GROUP_ENTRY_SIZE, 286, ENOEXEC, "a section group gives wrong sizes",                    \
           "build the object again")                                                               \
    STATUS(GROUP_SIZE, 287, ENOEXEC, "a section group is not made of whole words",                 \
           "build the object again")                                                               \
    STATUS(GROUP_FLAGS, 288, ENOEXEC, "a section group has unknown flags",                         \
           "build the object again")                                                               \
    STATUS(GROUP_MEMBER, 289, ENOEXEC, "a section group has a section that does not exist",        \
           "build the object again")                                                               \
    STATUS(GROUP_NESTED, 290, ENOEXEC, "a section group has a group in it",                        \
           "build the object again")                                                               \
    STATUS(GROUP_TWICE, 291, ENOEXEC, "a section is in section groups twice",                      \
           "build the object again")                                                               \
    STATUS(ARRAY_SIZE, 292, ENOEXEC, "a list of constructors or destructors ends inside one",      \
           "build the object again")                                                               \
    STATUS(ARRAY_ENTRY, 293, ENOEXEC, "a constructor or destructor is not code of the object",     \
           "let .init_array and its kin name functions that the object itself defines")            \
    STATUS(SYMBOL_INDIRECT, 294, ENOEXEC, "the resolver of an indirect function is not code",      \
           "let the ifunc attribute name a function that the object itself defines")               \
    /* linking */                                                                                  \
    STATUS(UNRESOLVED, 301, ENOEXEC, "symbols are not exported by /unix",                          \
           "load the extension that exports them first")                                           \
    STATUS(IMPORT_FILE, 302, ENOEXEC, "an import file's name is not path or path(member)",         \
           "link it again with modld")                                                             \
    STATUS(ENTRY_POINT, 303, ENOEXEC, "an entry point is not a function of the object",            \
           "define _load and _unload as functions in a code section")                              \
    STATUS(OUT_OF_REACH, 304, ENOMEM, "no room within reach of the kernel's text",                 \
           "unload extensions that are not needed")                                                \
    STATUS(UNRESOLVED_DEPENDENT, 305, ENOEXEC,                                                     \
           "symbols are not exported by the dependents that they are imported from",               \
           "see what a dependent exports, and link again")                                         \
    STATUS(INDIRECT_TARGET, 306, ENOEXEC,                                                          \
           "the resolver of an indirect function returned what is no code",                        \
           "let it return a function of this extension, of another one or of the kernel")          \
    STATUS(NAMES_CROWDED, 307, ENOEXEC,                                                            \
           "too many names fall into one place of the kernel's table",                             \
           "rename some: that does not happen by chance")                                          \
    STATUS(MOD_EXPORT_UNLOADED, 308, ENOEXEC,                                                      \
           "an export's symbol is in a section that gets no memory",                               \
           "put the symbol into a section with the flag \"a\" (SHF_ALLOC), in no group twice")     \
    /* objects: what they ask for */                                                               \
    STATUS(RELOCATION_TOTAL, 501, ENOEXEC,                                                         \
           "the relocation tables are together larger than the file",                              \
           "build the object again: tables share their bytes")                                     \
    STATUS(STACK_EXECUTABLE, 502, ENOEXEC, "the object runs code on the stack, which cannot be",   \
           "take no nested function's address; in assembler write .section "                       \
           ".note.GNU-stack,\"\"")                                                                 \
    STATUS(SECTION_COMPRESSED, 503, ENOEXEC, "a section that gets memory is compressed",           \
           "compress debug information only")                                                      \
    STATUS(SECTION_NONCONFORMING, 504, ENOEXEC,                                                    \
           "a section that gets memory must be treated in a way that only its own system knows",   \
           "build the object again without it")                                                    \
    STATUS(SYMBOL_NAMES_TOTAL, 505, ENOEXEC, "the names of global symbols are together too long",  \
           "build the object again: each name stands in others' ends many times over")             \
    STATUS(MOD_EXPORTS_ORDER, 506, ENOEXEC,                                                        \
           "the records of .mod.exports are not in the order of the symbols",                      \
           "link it again with modld")                                                             \
    /* living extensions */                                                                        \
    STATUS(NO_MEMORY, 401, ENOMEM, "out of memory", "unload extensions that are not needed")       \
    STATUS(LOAD_REFUSED, 402, ENOEXEC, "_load returned an error", "")                              \
    STATUS(UNLOAD_REFUSED, 403, EBUSY, "_unload returned an error, so the extension stays", "")    \
    STATUS(KMID_UNKNOWN, 404, EINVAL, "no such kmid", "see the loaded extensions with `genkex`")   \
    STATUS(KMID_KERNEL, 405, EBUSY, "the kernel itself cannot be unloaded",                        \
           "use `poweroff` to leave")                                                              \
    STATUS(BUSY, 406, EBUSY, "the loader is busy with another request", "try again")               \
    STATUS(COUNT_LIMIT, 407, EOVERFLOW, "a count is at its limit", "unload it first")              \
    STATUS(SELF_REQUEST, 408, EDEADLK, "it is being loaded by the very request that asks for it",  \
           "ask for it after _load has returned")                                                  \
    STATUS(NESTED_TOO_DEEP, 409, ELOOP,                                                            \
           "requests from inside _load or _unload are nested too "                                 \
           "deeply",                                                                               \
           "do they ask for each other in a ring?")                                                \
    STATUS(DEPENDENT_LIMIT, 410, E2BIG, "one load has more dependents than the limit",             \
           "import from fewer files")                                                              \
    STATUS(NO_ENTRY_POINT, 411, EINVAL, "the extension has no entry point for configuration",      \
           "link it with modld -e")                                                                \
    STATUS(ENTRY_REFUSED, 412, EINVAL, "the entry point returned an error", "")                    \
    STATUS(FAULT_INJECTED, 413, ENOMEM, "made to fail by --fail-at", "")                           \
    STATUS(KERNEL_ENTRY, 414, EINVAL, "the kernel itself cannot be configured",                    \
           "give the kmid of an extension: see them with `genkex`")

#include <mortise/errno.h>

#define STATUS_ENUMERATOR(name, number, error, sentence, advice) STATUS_##name = number,
enum status { STATUS_TABLE(STATUS_ENUMERATOR) };
#undef STATUS_ENUMERATOR
