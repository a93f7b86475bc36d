/* The AIX dialect: what a load would do, or every reason why it would be refused. */
#include "kernel/device/console.h"
#include "kernel/dialect/aix_command.h"
#include "kernel/dialect/aix_messages.h"
#include "kernel/dialect/report.h"
#include "kernel/shell/command.h"
#include "loader/live/loader.h"
#include "loader/live/notes.h"

/* What has been told so far. */
struct told {
    const char *command;
    size_t objects;
    size_t exports;
    size_t names;
    size_t relocations;
    size_t bytes;
    size_t memory_bytes;
    size_t reasons;
};

static void tell_object(const struct loader_extension *object, uint32_t exports, void *context)
{
    static const char *const names[SEGMENT_COUNT] = {"text", "constants", "data"};
    struct told *told = context;
    size_t bytes = 0;
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++)
        bytes += object->size_bytes[kind];
    console_print("%s ", object->is_primary ? "extension" : "dependent");
    aix_print_file(object->path, object->member);
    console_print(": %u exports, %zu bytes in %zu of memory\n", exports, bytes,
                  object->memory_bytes);
    for (unsigned kind = 0; kind < SEGMENT_COUNT; kind++) {
        if (object->size_bytes[kind] != 0)
            console_print("  %-9s %16llx %7x\n", names[kind],
                          (unsigned long long)object->address[kind], object->size_bytes[kind]);
    }
    if (object->linkage_bytes != 0)
        console_print("  %-9s %16llx %7x\n", "linkage", (unsigned long long)object->linkage_address,
                      object->linkage_bytes);
    if (object->indirect_bytes != 0)
        console_print("  %-9s %16llx %7x, %u stubs\n", "indirect",
                      (unsigned long long)object->indirect_address, object->indirect_bytes,
                      object->indirect_count);
    told->objects++;
    told->exports += exports;
    told->bytes += bytes;
    told->memory_bytes += object->memory_bytes;
}

static void tell_relocations(const char *type, uint32_t count, void *context)
{
    struct told *told = context;
    console_print("  %-24s %u\n", type, count);
    told->relocations += count;
}

static void tell_binding(const char *name, uint64_t address,
                         const struct loader_extension *provider, void *context)
{
    struct told *told = context;
    told->names++;
    if (provider == NULL) {
        console_print("  would leave %s at 0: nobody defines it, and it may be missing\n", name);
        return;
    }
    console_print("  would bind %s at %llx of ", name, (unsigned long long)address);
    aix_print_file(provider->path, provider->member);
    if (provider->kmid != 0)
        console_print(" kmid %u", provider->kmid);
    console_print("\n");
}

static void tell_instance(const struct loader_extension *instance, void *context UNUSED)
{
    console_print("kmid %u  ", instance->kmid);
    aix_print_file(instance->path, instance->member);
    console_print(" is loaded under this name: only its load count would grow, from %u to %u\n",
                  instance->load_count, instance->load_count + 1);
}

static void tell_refusal(const struct diagnosis *reason, void *context)
{
    struct told *told = context;
    report_print(told->command, reason, aix_load_messages);
    told->reasons++;
}

SHELL_COMMAND(
    plan, "plan [-s] [-L LIBPATH] [--fail-at N] PATH", "what a load would do, without doing it",
    "Does what kload with the same options would do up to the point where code would run,\n"
    "tells it, and undoes it: each object with the addresses and sizes (hexadecimal) that it\n"
    "would get, its relocations by type, every name that it would bind and whose that is, and\n"
    "totals. With -s: which extension would be counted once more instead.\n"
    "A load that would be refused is refused in the same words, with every reason that can\n"
    "be found, 100 at most, the load's first.")
{
    struct loader_request request = {0};
    struct told told = {.command = arguments[0]};
    const struct loader_plan plan = {
        .object = tell_object,
        .relocations = tell_relocations,
        .binding = tell_binding,
        .instance = tell_instance,
        .refusal = tell_refusal,
        .context = &told,
    };
    struct diagnosis diagnosis;
    if (!aix_read_request(argument_count, arguments, &request))
        return command_usage_error(arguments[0]);
    enum status status = loader_plan(&request, &plan, &diagnosis);
    diagnosis_release(&diagnosis);
    if (told.reasons > 1)
        console_print("%s: %zu reasons%s\n", arguments[0], told.reasons,
                      told.reasons == LOADER_PLAN_REASONS_MAX ? ", and there may be more" : "");
    if (status == STATUS_OK && told.objects != 0)
        console_print("in all %zu objects, %zu exports, %zu bytes in %zu of memory, "
                      "%zu relocations, %zu names\n",
                      told.objects, told.exports, told.bytes, told.memory_bytes, told.relocations,
                      told.names);
    return status != STATUS_OK;
}
