/*
 * The console font: a PSF1 file that the build takes from a package (font.psf in the build folder).
 *
 * font_start  its first byte
 * font_end    the byte after its last
 */
    .section .rodata
    .balign 16
    .globl font_start
font_start:
    .incbin "font.psf"
    .globl font_end
font_end:

    .section .note.GNU-stack, "", @progbits
