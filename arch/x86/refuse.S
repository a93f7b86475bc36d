/*
 * The refusal of a machine that this kernel cannot run on: a sentence on the serial port and alone on
 * the screen, in whichever mode the boot loader left it. 32-bit code that runs with paging off, at its
 * physical address, before anything is set up; it uses nothing but the stack.
 */
#include "arch/x86/layout.h"
#include "arch/x86/boot.h"

#define SERIAL_DATA      0x3f8
#define SERIAL_RATE_LOW  0x3f8 /* while LINE_SET_RATE is set, as is the next one */
#define SERIAL_RATE_HIGH 0x3f9
#define SERIAL_LINE      0x3fb
#define SERIAL_STATUS    0x3fd
#define SERIAL_IS_EMPTY  0x20
#define LINE_SET_RATE    0x80
#define LINE_8N1         0x03
#define RATE_115200      1
#define SERIAL_PATIENCE  100000 /* a port that never gets ready must not hang the message */

#define SCREEN_TEXT  0xb8000
#define SCREEN_CELLS 2000
#define EMPTY_CELL   0x0720
#define WHITE_ON_RED 0x4f

#define MULTIBOOT2_LOADER 0x36d76289
#define TAGS_OFFSET       8 /* in the loader's information */
#define TAG_FRAMEBUFFER   8
#define TAG_SIZE          4 /* offsets in every tag, and in that of a framebuffer */
#define TAG_ADDRESS       8
#define TAG_ADDRESS_HIGH  12
#define TAG_PITCH         16
#define TAG_WIDTH         20
#define TAG_HEIGHT        24
#define TAG_FORM          28
#define FORM_RGB_32       0x0120 /* bits a pixel, and type: direct colour */

#define FONT              PHYSICAL(font_start)
#define FONT_GLYPH_HEIGHT 3 /* offsets in a PSF1 font */
#define FONT_GLYPHS       4
#define GLYPH_WIDTH       8
#define CELL_WIDTH_SHIFT  5 /* of a glyph's 8 pixels in bytes */
#define RED               0x00aa0000

    .section .boot.text, "ax"
    .code32

/*
 * boot_refuse: tells why and halts. Control characters, which end the line on the serial port, are not
 * for the screen.
 * In: ESI the text; EBP and EBX the loader's magic and information. Does not return.
 */
    .globl boot_refuse
boot_refuse:
    pushl %esi
    call refuse_on_serial
    movl (%esp), %esi
    call refuse_on_text_screen
    popl %esi
    call refuse_on_framebuffer
1:  cli
    hlt
    jmp 1b

/* refuse_on_serial: writes the text at ESI to the first serial port. Clobbers EAX, ECX, EDX, ESI. */
refuse_on_serial:
    /* A port that nobody has set up sends five bits of each byte. */
    movw $SERIAL_LINE, %dx
    movb $LINE_SET_RATE, %al
    outb %al, %dx
    movw $SERIAL_RATE_LOW, %dx
    movb $RATE_115200, %al
    outb %al, %dx
    movw $SERIAL_RATE_HIGH, %dx
    xorb %al, %al
    outb %al, %dx
    movw $SERIAL_LINE, %dx
    movb $LINE_8N1, %al
    outb %al, %dx
1:  lodsb
    testb %al, %al
    jz 3f
    movb %al, %ah
    movl $SERIAL_PATIENCE, %ecx
2:  movw $SERIAL_STATUS, %dx
    inb %dx, %al
    testb $SERIAL_IS_EMPTY, %al
    loopz 2b
    movb %ah, %al
    movw $SERIAL_DATA, %dx
    outb %al, %dx
    jmp 1b
3:  ret

/*
 * refuse_on_text_screen: writes the text at ESI alone to the text screen; nobody sees it in another
 * mode. Clobbers EAX, ECX, EDI, ESI.
 */
refuse_on_text_screen:
    movl $SCREEN_TEXT, %edi
    movl $SCREEN_CELLS, %ecx
    movl $EMPTY_CELL, %eax
    rep stosw
    movl $SCREEN_TEXT, %edi
    movb $WHITE_ON_RED, %ah
1:  lodsb
    testb %al, %al
    jz 2f
    cmpb $' ', %al
    jb 1b
    stosw
    jmp 1b
2:  ret

/*
 * refuse_on_framebuffer: draws the text at ESI alone, if the loader left a framebuffer that can be
 * reached and has 32 bits a pixel, as the header asked for.
 * In: EBP, EBX as above. Clobbers every register.
 */
refuse_on_framebuffer:
    cmpl $MULTIBOOT2_LOADER, %ebp
    jne 4f
    call find_framebuffer
    jne 4f
    cmpw $FORM_RGB_32, TAG_FORM(%edx)
    jne 4f
    cmpl $0, TAG_ADDRESS_HIGH(%edx)
    jne 4f
    movl TAG_ADDRESS(%edx), %edi
    movl TAG_PITCH(%edx), %ecx
    imull TAG_HEIGHT(%edx), %ecx
    xorl %eax, %eax
    rep stosb
    movl TAG_ADDRESS(%edx), %edi
1:  movl TAG_WIDTH(%edx), %ebx /* EBX: characters that fit behind EDI */
    shrl $3, %ebx
    movl %ebx, %ebp /* EBP: that fit into a line */
2:  lodsb
    testb %al, %al
    jz 4f
    cmpb $' ', %al
    jb 2b
    call draw_glyph
    decl %ebx
    jnz 2b
    shll $CELL_WIDTH_SHIFT, %ebp
    subl %ebp, %edi
    movzbl FONT + FONT_GLYPH_HEIGHT, %eax
    imull TAG_PITCH(%edx), %eax
    addl %eax, %edi
    jmp 1b
4:  ret

/*
 * find_framebuffer: the tag that describes the framebuffer.
 * In: EBX the loader's information. Out: EDX the tag, and the zero flag is set, if there is one.
 */
find_framebuffer:
    leal TAGS_OFFSET(%ebx), %edx
1:  cmpl $TAG_FRAMEBUFFER, (%edx)
    je 2f
    cmpl $1, (%edx) /* the last tag's type is 0: that clears the zero flag */
    jb 2f
    addl TAG_SIZE(%edx), %edx
    addl $7, %edx
    andl $~7, %edx
    jmp 1b
2:  ret

/*
 * draw_glyph: draws the character AL at EDI, and moves EDI to the next one.
 * In: EDX the framebuffer's tag. Clobbers EAX, ECX.
 */
draw_glyph:
    pushl %esi
    pushl %edi
    movzbl %al, %esi
    movzbl FONT + FONT_GLYPH_HEIGHT, %ecx
    imull %ecx, %esi
    addl $(FONT + FONT_GLYPHS), %esi
1:  lodsb /* a row of pixels, the leftmost in the highest bit */
    pushl %ecx
    movl $GLYPH_WIDTH, %ecx
2:  addb %al, %al
    pushl %eax
    sbbl %eax, %eax /* all ones, which is white, for a bit that is set */
    orl $RED, %eax
    stosl
    popl %eax
    loop 2b
    popl %ecx
    addl TAG_PITCH(%edx), %edi
    subl $(GLYPH_WIDTH * 4), %edi
    loop 1b
    popl %edi
    addl $(GLYPH_WIDTH * 4), %edi
    popl %esi
    ret

    .section .note.GNU-stack, "", @progbits
