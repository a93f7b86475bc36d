/* What may be done with a page of memory. There is no value for "write and execute". */
#pragma once

enum protection {
    PROTECTION_READ,
    PROTECTION_READ_WRITE,
    PROTECTION_READ_EXECUTE,
};
