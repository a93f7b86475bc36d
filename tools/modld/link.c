/* ld -r: many objects become one, in which every COMMON symbol has a place. */
#include "tools/modld/link.h"

#include "tools/modld/program.h"

bool link_files(const struct options *options, const struct machine *machine,
                const struct texts *files, const char *path)
{
    struct program linker = {"linker", "ld", "LD", "--ld", options->linker, NULL};
    struct texts arguments = {0};
    texts_add(&arguments, "-r");
    texts_add(&arguments, "-m");
    texts_add(&arguments, machine->is_64 ? "elf_x86_64" : "elf_i386");
    /* Space for COMMON symbols, which have none in the inputs. */
    texts_add(&arguments, "-d");
    if (options->strips_debug)
        texts_add(&arguments, "-S");
    texts_add(&arguments, "-o");
    texts_add(&arguments, path);
    for (size_t i = 0; i < files->count; i++)
        texts_add(&arguments, files->items[i]);
    return program_run(&linker, &arguments);
}
