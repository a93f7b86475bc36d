/*
 * The AIX dialect: loading, unloading and listing kernel extensions by kmid.
 *
 *   kload    SYS_KLOAD, with -s SYS_SINGLELOAD      AIX reference, sections 1.1 and 1.2
 *   kunload  SYS_KULOAD                             section 1.4
 *   kquery   SYS_QUERYLOAD                          section 1.3
 *   genkex   the tool of that name                  section 3.4
 */
#include "kernel/device/console.h"
#include "kernel/dialect/report.h"
#include "kernel/shell/command.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/live/loader.h"
#include "loader/live/notes.h"

SHELL_COMMAND(kload, "kload [-s] PATH", "load a kernel extension",
              "Loads the object or archive at PATH as a new instance; of an archive, the first\n"
              "member of this kernel's mode. With -s (single load) an extension already loaded\n"
              "under the same path name is counted once more instead.\n"
              "Ends with `kmid N`, the number that kunload takes.")
{
    bool is_single = argument_count > 1 && strcmp(arguments[1], "-s") == 0;
    if (argument_count != (is_single ? 3 : 2))
        return command_usage_error(arguments[0]);
    struct diagnosis diagnosis;
    uint32_t kmid;
    const struct loader_request request = {
        .path = arguments[argument_count - 1],
        .flags = is_single ? LOADER_SINGLE : 0,
    };
    enum status status = loader_load(&request, &kmid, &diagnosis);
    if (status != STATUS_OK)
        return report_failure(arguments[0], &diagnosis);
    diagnosis_release(&diagnosis);
    console_print("kmid %u\n", kmid);
    return 0;
}

static void print_unload(uint32_t kmid, const struct loader_unload_result *result)
{
    if (result->is_gone)
        console_print("kmid %u unloaded\n", kmid);
    else
        console_print("kmid %u stays: load count %u, use count %u\n", kmid, result->load_count,
                      result->use_count);
}

SHELL_COMMAND(kunload, "kunload KMID", "take back a load request",
              "Lowers the load count of the extension with this kmid. Without load requests and\n"
              "users it is unloaded at once; else it stays until a later kunload finds none.")
{
    uint64_t kmid;
    if (argument_count != 2)
        return command_usage_error(arguments[0]);
    if (!text_to_u64(arguments[1], &kmid) || kmid > UINT32_MAX)
        return command_failed(arguments[0], arguments[1], "not a kmid: give a number, see genkex");
    struct diagnosis diagnosis;
    struct loader_unload_result result;
    if (loader_unload((uint32_t)kmid, &result, &diagnosis) != STATUS_OK)
        return report_failure(arguments[0], &diagnosis);
    diagnosis_release(&diagnosis);
    print_unload((uint32_t)kmid, &result);
    return 0;
}

SHELL_COMMAND(kquery, "kquery PATH", "print the kmid loaded under a path name",
              "Prints `kmid N` for the newest extension loaded under exactly this path name, and\n"
              "`kmid 0` when there is none: that is an answer, not a failure.")
{
    if (argument_count != 2)
        return command_usage_error(arguments[0]);
    console_print("kmid %u\n", loader_query(arguments[1]));
    return 0;
}

static void print_extension(const struct loader_extension *extension, void *context UNUSED)
{
    bool has_member = extension->member[0] != '\0';
    console_print("%5u  %16llx %7x  %16llx %7x  %4u %3u  %s%s%s%s\n", extension->kmid,
                  (unsigned long long)extension->address[SEGMENT_TEXT],
                  extension->size_bytes[SEGMENT_TEXT],
                  (unsigned long long)extension->address[SEGMENT_DATA],
                  extension->size_bytes[SEGMENT_DATA], extension->load_count, extension->use_count,
                  extension->path, has_member ? "(" : "", extension->member, has_member ? ")" : "");
}

SHELL_COMMAND(genkex, "genkex", "list loaded kernel extensions",
              "One line each, the oldest first: kmid, address and size in bytes (hexadecimal) of\n"
              "text and data, load count, use count, file and archive member.")
{
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    console_print(" kmid      text address    size      data address    size  load use  file\n");
    loader_visit_extensions(print_extension, NULL);
    return 0;
}
