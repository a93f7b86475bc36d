"""
Large and hostile objects, written byte by byte: what no compiler makes in reasonable time, for tests
that a decision is quick.
"""

import struct

PAGE = 4096
PROGBITS, SYMTAB, STRTAB, RELA, NOBITS, REL = 1, 2, 3, 4, 8, 9
WRITE, ALLOC, EXECINSTR = 1, 2, 4
GLOBAL_FUNC, GLOBAL_OBJECT, GLOBAL = 0x12, 0x11, 0x10
R_X86_64_64, R_X86_64_PC32 = 1, 2


class BigObject:
    """An x86_64 relocatable object. Sections are numbered from 1, in the order they are added."""

    def __init__(self):
        self.sections = []   # (name, type, flags, contents, size, link, info, alignment, entry size)
        self.symbols = [struct.pack("<IBBHQQ", 0, 0, 0, 0, 0, 0)]
        self.names = bytearray(b"\0")
        self.first_global = 1

    def section(self, name, kind=PROGBITS, flags=ALLOC, contents=b"", size=None, info=0,
                alignment=1, entry_size=0):
        """Adds a section; returns its number. `link` of relocations becomes the symbol table."""
        self.sections.append((name, kind, flags, contents, len(contents) if size is None else size,
                              None if kind in (RELA, REL) else 0, info, alignment, entry_size))
        return len(self.sections)

    def symbol(self, name, section=0, value=0, info=GLOBAL):
        """Adds a symbol, one of section 0 is undefined; returns its number."""
        offset = len(self.names)
        self.names += name.encode() + b"\0"
        self.symbols.append(struct.pack("<IBBHQQ", offset, info, 0, section, value, 0))
        return len(self.symbols) - 1

    def relocations(self, target, entries):
        """Adds a section of (place, type, symbol, addend) for section `target`."""
        contents = b"".join(struct.pack("<QQq", place, symbol << 32 | kind, addend)
                            for place, kind, symbol, addend in entries)
        return self.section(".rela", RELA, 0, contents, info=target, alignment=8, entry_size=24)

    def bytes(self):
        """The file: header, contents, the table of sections."""
        symtab = len(self.sections) + 1
        all_sections = [*self.sections,
                        (".symtab", SYMTAB, 0, b"".join(self.symbols), None, symtab + 1,
                         self.first_global, 8, 24),
                        (".strtab", STRTAB, 0, bytes(self.names), None, 0, 0, 1, 0)]
        names, name_offsets = bytearray(b"\0"), {}
        for name in (*(s[0] for s in all_sections), ".shstrtab"):
            if name not in name_offsets:
                name_offsets[name] = len(names)
                names += name.encode() + b"\0"
        all_sections.append((".shstrtab", STRTAB, 0, bytes(names), None, 0, 0, 1, 0))
        return self._file(all_sections, name_offsets, symtab)

    @staticmethod
    def _file(sections, name_offsets, symtab):
        body, headers = bytearray(64), [bytes(64)]
        for name, kind, flags, contents, size, link, info, alignment, entry_size in sections:
            body += bytes(-len(body) % 8)
            headers.append(struct.pack(
                "<IIQQQQIIQQ", name_offsets[name], kind, flags, 0, len(body),
                len(contents) if size is None else size, symtab if link is None else link, info,
                alignment, entry_size))
            body += contents
        body += bytes(-len(body) % 8)
        count = len(headers)
        body[:64] = struct.pack("<4sBBB9xHHIQQQIHHHHHH", b"\x7fELF", 2, 1, 1, 1, 62, 1, 0, 0,
                                len(body), 0, 64, 0, 0, 64, count if count < 0xff00 else 0,
                                count - 1 if count < 0xff00 else 0xffff)
        if count >= 0xff00:     # the null section has what the header has no room for
            headers[0] = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, count, count - 1, 0, 0, 0)
        return bytes(body) + b"".join(headers)


def many_sections(count):
    """As many loaded sections of 8 bytes, each with a symbol and every fourth with a relocation."""
    made = BigObject()
    for i in range(count):
        number = made.section(f".text.f{i}", flags=ALLOC | EXECINSTR, contents=bytes(8))
        if number < 0xff00:
            made.symbol(f"f{i}", number, info=GLOBAL_FUNC)
    for i in range(1, count + 1, 4):
        made.relocations(i, [(0, R_X86_64_64, i % 1000 + 1, 0)])
    return made.bytes()


def many_relocations(count):
    """One section of places, all of which refer to one of a hundred symbols."""
    made = BigObject()
    text = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8 * count), alignment=8)
    symbols = [made.symbol(f"s{i}", text, 8 * i, GLOBAL_OBJECT) for i in range(100)]
    made.relocations(text, [(8 * i, R_X86_64_64, symbols[i % 100], i) for i in range(count)])
    return made.bytes()


def many_symbols(count, are_defined, relocation_sections=1):
    """Symbols, each of which a relocation refers to, the relocations spread over some sections."""
    made = BigObject()
    share = -(-count // relocation_sections)
    data = [made.section(f".data.{i}", flags=ALLOC | WRITE, contents=bytes(8))
            for i in range(relocation_sections)]
    symbols = [made.symbol(f"name_{i}", data[0] if are_defined else 0) for i in range(count)]
    for i, section in enumerate(data):
        made.relocations(section, [(0, R_X86_64_64, symbol, 0)
                                   for symbol in symbols[i * share:(i + 1) * share]])
    return made.bytes()


def huge_alignment(count):
    """Sections of one byte that each want to be aligned to 2 MiB."""
    made = BigObject()
    for _ in range(count):
        made.section(".data", flags=ALLOC | WRITE, contents=b"x", alignment=1 << 21)
    return made.bytes()


def huge_zeroes(size):
    """Zeroes that take no room in the file."""
    made = BigObject()
    made.section(".bss", NOBITS, ALLOC | WRITE, size=size)
    return made.bytes()


def many_members(count, content, table=None):
    """A GNU archive; all members have long names and the same content."""
    lines = [b"member_with_a_long_name_%07d.o/\n" % i for i in range(count)]
    names = table or b"".join(lines)
    out = [b"!<arch>\n", b"//%46s%-10d`\n" % (b"", len(names)), names, b"\n" * (len(names) % 2)]
    padding = b"\n" * (len(content) % 2)
    step = 0 if table else len(lines[0])
    for i in range(count):
        out.append(b"/%-15d%-32s%-10d`\n" % (i * step, b"0", len(content)) + content + padding)
    return b"".join(out)
