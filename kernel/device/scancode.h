/*
 * Turns scan codes of set 1 (what a PC's keyboard controller delivers) into the bytes that a
 * terminal would send: US layout, shift, caps lock, control, and VT100 sequences for the cursor
 * keys. Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SCANCODE_BYTES_MAX 4 /* of the longest sequence: ESC [ 3 ~ */

struct scancode_decoder {
    bool left_shift;
    bool right_shift;
    bool left_control;
    bool right_control;
    bool caps_lock;
    bool is_extended;   /* the code before was E0 */
    unsigned to_ignore; /* codes that still belong to the Pause key, which alone starts with E1 */
};

/*
 * Takes one scan code. Stores the bytes that it makes in `bytes` (not zero-ended) and returns their
 * number: 0 for a release, a modifier, part of a longer code, and keys that mean nothing here. A
 * decoder starts as all zero.
 */
size_t scancode_decode(struct scancode_decoder *decoder, uint8_t code,
                       char bytes[SCANCODE_BYTES_MAX]);
