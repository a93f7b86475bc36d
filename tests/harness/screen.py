"""Text from a picture of the screen: each cell is compared with the glyphs of the kernel's font."""


def _glyphs(font):
    """Bitmap to character of a PSF 1 font; of equal glyphs the ASCII one wins."""
    data = font.read_bytes()
    count, height = (512 if data[2] & 1 else 256), data[3]
    order = [*range(count - 1, -1, -1), *range(32, 127)]
    return {data[4 + i * height:4 + (i + 1) * height]: i for i in order}, height


def _cell(pixels, width, column, row, height):
    """The bitmap of one cell: a bit for each pixel that differs from the cell's first one."""
    start = (row * height * width + column * 8) * 3
    background = pixels[start:start + 3]
    bitmap = bytearray()
    for y in range(height):
        line = pixels[start + y * width * 3:start + y * width * 3 + 24]
        bitmap.append(sum((line[x * 3:x * 3 + 3] != background) << (7 - x) for x in range(8)))
    return bytes(bitmap)


def screen_text(picture, font):
    """The lines of a PPM picture. A cell that is no glyph (the cursor, a picture) reads as "?"."""
    _, size, _, pixels = picture.read_bytes().split(b"\n", 3)
    width, total_height = map(int, size.split())
    glyphs, height = _glyphs(font)
    known = {}
    lines = []
    for row in range(total_height // height):
        line = ""
        for column in range(width // 8):
            bitmap = _cell(pixels, width, column, row, height)
            if bitmap not in known:
                index = glyphs.get(bitmap)
                known[bitmap] = chr(index) if index is not None and 32 <= index < 127 else "?"
            line += known[bitmap]
        lines.append(line.rstrip())
    return lines
