/* Arguments and names of the AIX commands; see the header. */
#include "kernel/dialect/aix_command.h"

#include "kernel/device/console.h"
#include "kernel/shell/command.h"
#include "lib/string.h"
#include "lib/text.h"

bool aix_read_request(int argument_count, char **arguments, struct loader_request *request)
{
    int i = 1;
    for (; i < argument_count - 1; i++) {
        uint64_t number = 0;
        bool has_value = i + 1 < argument_count - 1;
        bool is_fail_at = strcmp(arguments[i], "--fail-at") == 0;
        if (strcmp(arguments[i], "-s") == 0) {
            request->flags |= LOADER_SINGLE;
        } else if (strcmp(arguments[i], "-L") == 0 && has_value) {
            request->libpath = arguments[++i];
        } else if ((is_fail_at || strcmp(arguments[i], "--fail-from") == 0) && has_value &&
                   text_to_u64(arguments[++i], &number) && number <= UINT32_MAX) {
            request->fail_at = (uint32_t)number;
            request->fail_later = !is_fail_at;
        } else {
            return false;
        }
    }
    if (i != argument_count - 1 || (arguments[i][0] == '-' && arguments[i][1] != '\0'))
        return false;
    request->path = arguments[i];
    return true;
}

int aix_read_kmid(const char *command, const char *text, uint32_t *kmid)
{
    uint64_t number;
    if (!text_to_u64(text, &number) || number > UINT32_MAX)
        return command_failed(command, text, "not a kmid: give a number, see genkex");
    *kmid = (uint32_t)number;
    return 0;
}

void aix_print_file(const char *path, const char *member)
{
    bool has_member = member[0] != '\0';
    console_print("%s%s%s%s", path, has_member ? "(" : "", member, has_member ? ")" : "");
}
