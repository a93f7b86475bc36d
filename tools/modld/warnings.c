/* Reading objdump's lines, function by function; see the header. */
#include "tools/modld/warnings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "tools/modld/program.h"
#include "tools/modld/scratch.h"
#include "tools/support/report.h"

#define NAME_MAX_SHOWN 128

/* What is being read: lines about a file, which may be for a machine with a red zone. */
struct listing {
    FILE *lines;
    const char *file;
    bool has_red_zone;
};

/* What is known of the function whose lines are being read. */
struct function {
    char name[NAME_MAX_SHOWN];
    bool has_frame;          /* RBP is where RSP was at its start */
    unsigned long depth;     /* bytes that the stack pointer has been moved below that */
    bool moves_by_unknown;   /* the stack pointer is moved by what a number does not say */
    unsigned long below_rbp; /* the lowest byte used below RBP */
    bool is_below_rsp;       /* something below RSP itself is used */
    bool uses_vectors;
};

static void function_end(const struct function *function, const struct listing *listing)
{
    bool is_below_frame =
        function->has_frame && !function->moves_by_unknown && function->below_rbp > function->depth;
    if (function->name[0] == '\0')
        return;
    if (listing->has_red_zone && (function->is_below_rsp || is_below_frame))
        report_warning("%s: %s keeps data below its stack pointer, where interrupts write: compile "
                       "with -mno-red-zone",
                       listing->file, function->name);
    if (function->uses_vectors)
        report_warning(
            "%s: %s uses the registers of floating point, which threads of the kernel do "
            "not keep: compile with -mgeneral-regs-only",
            listing->file, function->name);
}

/* "0000000000000040 <name>:" begins a function. */
static bool function_begin(const char *line, struct function *function)
{
    const char *open = strstr(line, " <");
    const char *close = strrchr(line, '>');
    if (line[0] == ' ' || open == NULL || close == NULL || strncmp(close, ">:", 2) != 0)
        return false;
    *function = (struct function){0};
    snprintf(function->name, sizeof(function->name), "%.*s", (int)(close - open - 2), open + 2);
    return true;
}

/* The displacement of the first operand "-N(base", as a positive number; 0 when there is none. */
static unsigned long displacement_below(const char *operands, const char *base)
{
    for (const char *p = strchr(operands, '-'); p != NULL; p = strchr(p + 1, '-')) {
        char *end;
        unsigned long value = strtoul(p + 1, &end, 0);
        if (end != p + 1 && text_starts_with(end, base))
            return value;
    }
    return 0;
}

static bool writes_stack_pointer(const char *operands)
{
    const char *last = strrchr(operands, ',');
    return last != NULL && text_starts_with(last, ",%rsp");
}

static void note_stack(struct function *function, const char *mnemonic, const char *operands)
{
    if (text_starts_with(mnemonic, "push")) {
        function->depth += function->has_frame ? sizeof(uint64_t) : 0;
    } else if (text_starts_with(mnemonic, "mov") && text_starts_with(operands, "%rsp,%rbp")) {
        function->has_frame = true;
    } else if (text_starts_with(mnemonic, "sub") && writes_stack_pointer(operands)) {
        function->moves_by_unknown |= operands[0] != '$';
        function->depth += operands[0] == '$' ? strtoul(operands + 1, NULL, 0) : 0;
    } else if ((text_starts_with(mnemonic, "and") || text_starts_with(mnemonic, "add") ||
                text_starts_with(mnemonic, "lea")) &&
               writes_stack_pointer(operands)) {
        /* "add $-0x80,%rsp" is how compilers make room with a shorter number. */
        function->moves_by_unknown = true;
    }
}

static void note_instruction(struct function *function, const char *mnemonic, const char *operands)
{
    static const char *const vectors[] = {"%xmm", "%ymm", "%zmm", "%mm", "%st"};
    unsigned long below = displacement_below(operands, "(%rbp");
    note_stack(function, mnemonic, operands);
    /* An address that is only computed is not used yet. */
    if (!text_starts_with(mnemonic, "lea")) {
        function->is_below_rsp |= displacement_below(operands, "(%rsp") != 0;
        function->below_rbp = below > function->below_rbp ? below : function->below_rbp;
    }
    /* Every mnemonic of the x87 begins with this letter, and few others do. */
    function->uses_vectors |= mnemonic[0] == 'f' && !text_starts_with(mnemonic, "fs");
    for (size_t i = 0; i < ARRAY_COUNT(vectors); i++)
        function->uses_vectors |= strstr(operands, vectors[i]) != NULL;
}

/* "   1e:\tmov    %edi,-0x14(%rbp)" is an instruction. */
static void read_instruction(char *line, struct function *function)
{
    char *mnemonic = strchr(line, '\t');
    if (mnemonic == NULL)
        return;
    mnemonic++;
    char *operands = mnemonic + strcspn(mnemonic, " \t\n");
    if (*operands != '\0')
        *operands++ = '\0';
    operands += strspn(operands, " \t");
    char *remark = strchr(operands, '#');
    if (remark != NULL)
        *remark = '\0';
    note_instruction(function, mnemonic, operands);
}

static void read_lines(const struct listing *listing)
{
    struct function function = {0};
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, listing->lines) >= 0) {
        struct function next;
        if (function_begin(line, &next)) {
            function_end(&function, listing);
            function = next;
        } else {
            read_instruction(line, &function);
        }
    }
    function_end(&function, listing);
    free(line);
}

/* Has objdump write to `listing_path`. */
static bool disassemble(const struct options *options, const char *path, const char *listing_path)
{
    struct program disassembler = {
        .noun = "disassembler",
        .name = "objdump",
        .variable = "OBJDUMP",
        .option = "--objdump",
        .chosen = options->disassembler,
        .output = listing_path,
    };
    struct texts arguments = {0};
    texts_add(&arguments, "-d");
    texts_add(&arguments, "--no-show-raw-insn");
    texts_add(&arguments, path);
    return program_run(&disassembler, &arguments);
}

bool warnings_give(const struct options *options, const struct machine *machine, const char *path)
{
    const char *listing_path = scratch_path("listing");
    struct listing listing = {.file = options->output, .has_red_zone = machine->is_64};
    if (listing_path == NULL || !disassemble(options, path, listing_path))
        return false;
    listing.lines = fopen(listing_path, "r");
    if (listing.lines == NULL) {
        report_error("%s: cannot be read: %s", listing_path, strerror(errno));
        return false;
    }
    read_lines(&listing);
    fclose(listing.lines);
    return true;
}
