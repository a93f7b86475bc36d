/*
 * The AIX dialect: loading, unloading and configuring kernel extensions by kmid.
 *
 *   kload      SYS_KLOAD, with -s SYS_SINGLELOAD      AIX reference, sections 1.1 and 1.2
 *   kunload    SYS_KULOAD                             section 1.4
 *   kquery     SYS_QUERYLOAD                          section 1.3
 *   kconfig    SYS_CFGKMOD                            section 1.5
 *   slibclean  the tool of that name                  section 3.4
 */
#include <sys/device.h>
#include <sys/uio.h>

#include "kernel/device/console.h"
#include "kernel/dialect/aix_command.h"
#include "kernel/dialect/aix_messages.h"
#include "kernel/dialect/report.h"
#include "kernel/shell/command.h"
#include "lib/string.h"
#include "lib/text.h"
#include "loader/live/loader.h"
#include "loader/live/notes.h"

SHELL_COMMAND(
    kload, "kload [-s] [-L LIBPATH] [--fail-at N] PATH", "load a kernel extension",
    "Loads the object or archive at PATH as a new instance, with its private dependents;\n"
    "of an archive, the first member of this kernel's mode. With -s (single load) an\n"
    "extension already loaded under the same path name is counted once more instead.\n"
    "LIBPATH: folders separated by colons, for dependents without a / in their name.\n"
    "--fail-at N makes the Nth step or allocation fail, --fail-from N every later one too:\n"
    "to see that nothing is left behind.\n"
    "Ends with `kmid N`, the number that kunload takes.")
{
    struct loader_request request = {0};
    if (!aix_read_request(argument_count, arguments, &request))
        return command_usage_error(arguments[0]);
    struct diagnosis diagnosis;
    uint32_t kmid;
    if (loader_load(&request, &kmid, &diagnosis) != STATUS_OK)
        return report_failure(arguments[0], &diagnosis, aix_load_messages);
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
    uint32_t kmid;
    if (argument_count != 2)
        return command_usage_error(arguments[0]);
    if (aix_read_kmid(arguments[0], arguments[1], &kmid) != 0)
        return 1;
    struct diagnosis diagnosis;
    struct loader_unload_result result;
    if (loader_unload(kmid, &result, &diagnosis) != STATUS_OK)
        return report_failure(arguments[0], &diagnosis, NULL);
    diagnosis_release(&diagnosis);
    print_unload(kmid, &result);
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

/* CMD is a number, or one of the names of <sys/device.h> without CFG_. */
static bool parse_command(const char *text, int *command)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {{"init", CFG_INIT}, {"term", CFG_TERM}, {"qvpd", CFG_QVPD}, {"ucode", CFG_UCODE}};
    uint64_t number;
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (strcmp(text, names[i].name) == 0) {
            *command = names[i].number;
            return true;
        }
    }
    if (!text_to_u64(text, &number) || number > INT32_MAX)
        return false;
    *command = (int)number;
    return true;
}

SHELL_COMMAND(
    kconfig, "kconfig KMID CMD [DATA]", "call an extension's configuration entry point",
    "Calls int entry(int cmd, struct uio *uiop) of the extension with this kmid, as it\n"
    "was named by modld -e. CMD: init, term, qvpd, ucode or a number. DATA: the text that\n"
    "uiop describes, up to INT32_MAX bytes; without it uiop is NULL.")
{
    uint32_t kmid;
    int command;
    if (argument_count != 3 && argument_count != 4)
        return command_usage_error(arguments[0]);
    if (aix_read_kmid(arguments[0], arguments[1], &kmid) != 0)
        return 1;
    if (!parse_command(arguments[2], &command))
        return command_failed(arguments[0], arguments[2],
                              "not a command: give init, term, qvpd, ucode or a number");
    struct diagnosis diagnosis;
    struct iovec piece = {0};
    struct uio uio = {.uio_iov = &piece, .uio_iovcnt = 1, .uio_segflg = UIO_SYSSPACE};
    if (argument_count == 4) {
        piece = (struct iovec){arguments[3], strlen(arguments[3])};
        uio.uio_resid = (int)piece.iov_len;
    }
    if (loader_configure(kmid, command, argument_count == 4 ? &uio : NULL, &diagnosis) != STATUS_OK)
        return report_failure(arguments[0], &diagnosis, NULL);
    diagnosis_release(&diagnosis);
    return 0;
}

SHELL_COMMAND(slibclean, "slibclean", "unload what nobody asks for and nobody uses",
              "Unloads every extension whose load and use counts are both 0.")
{
    struct diagnosis diagnosis;
    unsigned count;
    if (argument_count != 1)
        return command_usage_error(arguments[0]);
    if (loader_clean(&count, &diagnosis) != STATUS_OK)
        return report_failure(arguments[0], &diagnosis, NULL);
    diagnosis_release(&diagnosis);
    console_print("%u unloaded\n", count);
    return 0;
}
