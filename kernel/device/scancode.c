/*
 * Scan code set 1. A code is the number of a key, with bit 7 set when the key is let go. E0
 * announces a key that the first PC did not have; E1 starts the Pause key's codes, which have no
 * release.
 *
 * The keypad always means digits. Enter makes \r and Backspace makes DEL, as on a serial terminal.
 */
#include "kernel/device/scancode.h"

#include "lib/compiler.h"
#include "lib/string.h"

enum {
    CODE_EXTENDED = 0xe0,
    CODE_PAUSE = 0xe1,
    CODE_RELEASED = 0x80,

    KEY_CONTROL = 0x1d,
    KEY_LEFT_SHIFT = 0x2a,
    KEY_RIGHT_SHIFT = 0x36,
    KEY_CAPS_LOCK = 0x3a,
};

#define PAUSE_CODES_AFTER_E1 2

/* By key number: what it makes alone and with shift. 0: nothing. */
static const char plain[] = {
    0,   0x1b, '1', '2', '3', '4', '5', '6', '7',  '8', '9', '0',  '-',  '=', 0x7f, '\t', /* 00 */
    'q', 'w',  'e', 'r', 't', 'y', 'u', 'i', 'o',  'p', '[', ']',  '\r', 0,   'a',  's',  /* 10 */
    'd', 'f',  'g', 'h', 'j', 'k', 'l', ';', '\'', '`', 0,   '\\', 'z',  'x', 'c',  'v',  /* 20 */
    'b', 'n',  'm', ',', '.', '/', 0,   '*', 0,    ' ', 0,   0,    0,    0,   0,    0,    /* 30 */
    0,   0,    0,   0,   0,   0,   0,   '7', '8',  '9', '-', '4',  '5',  '6', '+',  '1',  /* 40 */
    '2', '3',  '0', '.',                                                                  /* 50 */
};
static const char shifted[] = {
    0,   0x1b, '!', '@', '#', '$', '%', '^', '&', '*', '(', ')', '_',  '+', 0x7f, '\t', /* 00 */
    'Q', 'W',  'E', 'R', 'T', 'Y', 'U', 'I', 'O', 'P', '{', '}', '\r', 0,   'A',  'S',  /* 10 */
    'D', 'F',  'G', 'H', 'J', 'K', 'L', ':', '"', '~', 0,   '|', 'Z',  'X', 'C',  'V',  /* 20 */
    'B', 'N',  'M', '<', '>', '?', 0,   '*', 0,   ' ', 0,   0,   0,    0,   0,    0,    /* 30 */
    0,   0,    0,   0,   0,   0,   0,   '7', '8', '9', '-', '4', '5',  '6', '+',  '1',  /* 40 */
    '2', '3',  '0', '.',                                                                /* 50 */
};
_Static_assert(sizeof(plain) == sizeof(shifted), "both describe the same keys");

static const struct {
    uint8_t key;
    const char *bytes;
} extended_keys[] = {
    {0x48, "\x1b[A"},  /* up */
    {0x50, "\x1b[B"},  /* down */
    {0x4d, "\x1b[C"},  /* right */
    {0x4b, "\x1b[D"},  /* left */
    {0x47, "\x1b[H"},  /* home */
    {0x4f, "\x1b[F"},  /* end */
    {0x53, "\x1b[3~"}, /* delete */
    {0x1c, "\r"},      /* enter of the keypad */
    {0x35, "/"},       /* slash of the keypad */
};

/* True when `key` is a modifier; its state is then noted. E0 and a shift are no key at all. */
static bool take_modifier(struct scancode_decoder *decoder, uint8_t key, bool is_pressed,
                          bool is_extended)
{
    switch (key) {
    case KEY_LEFT_SHIFT:
        if (!is_extended)
            decoder->left_shift = is_pressed;
        return true;
    case KEY_RIGHT_SHIFT:
        if (!is_extended)
            decoder->right_shift = is_pressed;
        return true;
    case KEY_CONTROL:
        *(is_extended ? &decoder->right_control : &decoder->left_control) = is_pressed;
        return true;
    case KEY_CAPS_LOCK:
        if (is_pressed)
            decoder->caps_lock = !decoder->caps_lock;
        return true;
    default:
        return false;
    }
}

static size_t decode_extended(uint8_t key, char *bytes)
{
    for (size_t i = 0; i < ARRAY_COUNT(extended_keys); i++) {
        if (extended_keys[i].key == key) {
            size_t length = strlen(extended_keys[i].bytes);
            memcpy(bytes, extended_keys[i].bytes, length);
            return length;
        }
    }
    return 0;
}

static bool is_letter(char byte)
{
    return byte >= 'a' && byte <= 'z';
}

static size_t decode_plain(const struct scancode_decoder *decoder, uint8_t key, char *bytes)
{
    if (key >= sizeof(plain) || plain[key] == 0)
        return 0;
    bool has_shift = decoder->left_shift || decoder->right_shift;
    if (decoder->caps_lock && is_letter(plain[key]))
        has_shift = !has_shift;
    char byte = has_shift ? shifted[key] : plain[key];
    bool has_control = decoder->left_control || decoder->right_control;
    if (has_control && byte >= '@' && byte <= '~')
        byte &= 0x1f;
    bytes[0] = byte;
    return 1;
}

size_t scancode_decode(struct scancode_decoder *decoder, uint8_t code,
                       char bytes[SCANCODE_BYTES_MAX])
{
    if (decoder->to_ignore > 0) {
        decoder->to_ignore--;
        return 0;
    }
    if (code == CODE_PAUSE) {
        decoder->to_ignore = PAUSE_CODES_AFTER_E1;
        return 0;
    }
    bool is_extended = decoder->is_extended;
    decoder->is_extended = code == CODE_EXTENDED;
    if (decoder->is_extended)
        return 0;
    uint8_t key = code & (uint8_t)~CODE_RELEASED;
    bool is_pressed = !(code & CODE_RELEASED);
    if (take_modifier(decoder, key, is_pressed, is_extended) || !is_pressed)
        return 0;
    return is_extended ? decode_extended(key, bytes) : decode_plain(decoder, key, bytes);
}
