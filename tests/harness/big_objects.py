"""
Large and hostile objects, written byte by byte: what no compiler makes in reasonable time, for tests
that a decision is quick.
"""

import struct
from collections.abc import Callable
from typing import NamedTuple

from harness.modld import hash_name

PAGE = 4096
NAME_MAX = 16384
PROGBITS, SYMTAB, STRTAB, RELA, NOBITS, REL, GROUP = 1, 2, 3, 4, 8, 9, 17
COMDAT, COMMON = 1, 0xfff2
WRITE, ALLOC, EXECINSTR = 1, 2, 4
GLOBAL_FUNC, GLOBAL_OBJECT, GLOBAL = 0x12, 0x11, 0x10
R_ADDRESS, R_DISTANCE = 1, 2    # R_X86_64_64 and _PC32, R_386_32 and _PC32


class Format(NamedTuple):
    """What ELF of one width looks like; the sizes are of the header, a section header, a symbol, a RELA."""
    kind: int
    machine: int
    header: str
    section: str
    sizes: tuple
    symbol: Callable    # (name, info, section, value)
    rela: Callable      # (place, kind, symbol, addend)


FORMATS = {
    64: Format(2, 62, "<4sBBB9xHHIQQQIHHHHHH", "<IIQQQQIIQQ", (64, 64, 24, 24),
               lambda name, info, section, value:
               struct.pack("<IBBHQQ", name, info, 0, section, value, 0),
               lambda place, kind, symbol, addend:
               struct.pack("<QQq", place, symbol << 32 | kind, addend)),
    32: Format(1, 3, "<4sBBB9xHHIIIIIHHHHHH", "<IIIIIIIIII", (52, 40, 16, 12),
               lambda name, info, section, value:
               struct.pack("<IIIBBH", name, value, 0, info, 0, section),
               lambda place, kind, symbol, addend:
               struct.pack("<IIi", place, symbol << 8 | kind, addend)),
}


class BigObject:
    """A relocatable object. Sections are numbered from 1, in the order they are added."""

    def __init__(self, width=64):
        self.format = FORMATS[width]
        self.sections = []   # (name, type, flags, contents, size, link, info, alignment, entry size)
        self.symbols = [self.format.symbol(0, 0, 0, 0)]
        self.names = bytearray(b"\0")
        self.first_global = 1
        self.sharing = {}    # sections that have another one's bytes: number to number

    def section(self, name, kind=PROGBITS, flags=ALLOC, contents=b"", size=None, info=0,
                alignment=1, entry_size=0):
        """Adds a section; returns its number. `link` of relocations becomes the symbol table."""
        self.sections.append((name, kind, flags, contents, len(contents) if size is None else size,
                              None if kind in (RELA, REL, GROUP) else 0, info, alignment, entry_size))
        return len(self.sections)

    def symbol(self, name, section=0, value=0, info=GLOBAL):
        """Adds a symbol, one of section 0 is undefined; returns its number."""
        offset = len(self.names)
        self.names += name.encode() + b"\0"
        self.symbols.append(self.format.symbol(offset, info, section, value))
        return len(self.symbols) - 1

    def relocations(self, target, entries):
        """Adds a section of (place, type, symbol, addend) for section `target`."""
        contents = b"".join(self.format.rela(*entry) for entry in entries)
        return self.section(".rela", RELA, 0, contents, info=target, alignment=8,
                            entry_size=self.format.sizes[3])

    def bytes(self):
        """The file: header, contents, the table of sections."""
        symtab = len(self.sections) + 1
        all_sections = [*self.sections,
                        (".symtab", SYMTAB, 0, b"".join(self.symbols), None, symtab + 1,
                         self.first_global, 8, self.format.sizes[2]),
                        (".strtab", STRTAB, 0, bytes(self.names), None, 0, 0, 1, 0)]
        names, name_offsets = bytearray(b"\0"), {}
        for name in (*(s[0] for s in all_sections), ".shstrtab"):
            if name not in name_offsets:
                name_offsets[name] = len(names)
                names += name.encode() + b"\0"
        all_sections.append((".shstrtab", STRTAB, 0, bytes(names), None, 0, 0, 1, 0))
        return self._file(all_sections, name_offsets, symtab)

    def _file(self, sections, name_offsets, symtab):
        header_size, section_size = self.format.sizes[:2]
        body, headers, offsets = bytearray(header_size), [bytes(section_size)], [0]
        for name, kind, flags, contents, size, link, info, alignment, entry_size in sections:
            body += bytes(-len(body) % 8)
            offsets.append(offsets[self.sharing.get(len(headers), 0)] or len(body))
            headers.append(struct.pack(
                self.format.section, name_offsets[name], kind, flags, 0, offsets[-1],
                len(contents) if size is None else size, symtab if link is None else link, info,
                alignment, entry_size))
            body += contents
        body += bytes(-len(body) % 8)
        count = len(headers)
        body[:header_size] = struct.pack(
            self.format.header, b"\x7fELF", self.format.kind, 1, 1, 1, self.format.machine, 1, 0, 0,
            len(body), 0, header_size, 0, 0, section_size, count if count < 0xff00 else 0,
            count - 1 if count < 0xff00 else 0xffff)
        if count >= 0xff00:     # the null section has what the header has no room for
            headers[0] = struct.pack(self.format.section, 0, 0, 0, 0, 0, count, count - 1, 0, 0, 0)
        return bytes(body) + b"".join(headers)


def many_sections(count, width=64):
    """As many loaded sections of 8 bytes, each with a symbol and every fourth with a relocation."""
    made = BigObject(width)
    for i in range(count):
        number = made.section(f".text.f{i}", flags=ALLOC | EXECINSTR, contents=bytes(8))
        if number < 0xff00:
            made.symbol(f"f{i}", number, info=GLOBAL_FUNC)
    for i in range(1, count + 1, 4):
        made.relocations(i, [(0, R_ADDRESS, i % 1000 + 1, 0)])
    return made.bytes()


def many_relocations(count, width=64):
    """One section of places, all of which refer to one of a hundred symbols."""
    made = BigObject(width)
    text = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8 * count), alignment=8)
    symbols = [made.symbol(f"s{i}", text, 8 * i, GLOBAL_OBJECT) for i in range(100)]
    made.relocations(text, [(8 * i, R_ADDRESS, symbols[i % 100], i) for i in range(count)])
    return made.bytes()


def many_symbols(count, are_defined, relocation_sections=1, width=64):
    """Symbols, each of which a relocation refers to, the relocations spread over some sections."""
    made = BigObject(width)
    share = -(-count // relocation_sections)
    data = [made.section(f".data.{i}", flags=ALLOC | WRITE, contents=bytes(8))
            for i in range(relocation_sections)]
    symbols = [made.symbol(f"name_{i}", data[0] if are_defined else 0) for i in range(count)]
    for i, section in enumerate(data):
        made.relocations(section, [(0, R_ADDRESS, symbol, 0)
                                   for symbol in symbols[i * share:(i + 1) * share]])
    return made.bytes()


def long_names(count, are_defined, width=64):
    """Symbols whose long names are the ends of one text: each of them is another name."""
    made = BigObject(width)
    data = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8))
    start = len(made.names)
    made.names += b"n" * NAME_MAX + b"\0"
    for i in range(count):
        offset = start + i % (NAME_MAX // 2)
        made.symbols.append(made.format.symbol(offset, GLOBAL, data if are_defined else 0, 0))
    made.relocations(data, [(0, R_ADDRESS, 1 + i, 0) for i in range(count)])
    return made.bytes()


def huge_alignment(count, width=64):
    """Sections of one byte that each want to be aligned to 2 MiB."""
    made = BigObject(width)
    for _ in range(count):
        made.section(".data", flags=ALLOC | WRITE, contents=b"x", alignment=1 << 21)
    return made.bytes()


def huge_zeroes(size, width=64):
    """Zeroes that take no room in the file."""
    made = BigObject(width)
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


def common_names(count, copies, width=64):
    """COMMON symbols of one long name, which stands in the strings several times."""
    made = BigObject(width)
    offsets = []
    for _ in range(copies):
        offsets.append(len(made.names))
        made.names += b"n" * (NAME_MAX - 1) + b"\0"
    for i in range(count):
        made.symbols.append(made.format.symbol(offsets[i % copies], GLOBAL_OBJECT, COMMON, 4))
    return made.bytes()


def many_signatures(count, width=64):
    """Groups whose signatures are the ends of one long text."""
    made = BigObject(width)
    start = len(made.names)
    made.names += b"n" * NAME_MAX + b"\0"
    for i in range(count):
        made.symbols.append(made.format.symbol(start + i, 0, 0, 0))
        made.section("", GROUP, 0, struct.pack("<I", COMDAT), info=i + 1, entry_size=4)
    made.first_global = len(made.symbols)
    return made.bytes()


def shared_relocations(tables, entries, width=64):
    """Tables of relocations that all have the same bytes."""
    made = BigObject(width)
    data = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8))
    symbol = made.symbol("symbol", data)
    first = made.relocations(data, [(0, R_ADDRESS, symbol, 0)] * entries)
    made.sharing = {made.section(".rela", RELA, 0, size=entries * made.format.sizes[3], info=data,
                                 alignment=8, entry_size=made.format.sizes[3]): first
                    for _ in range(tables)}
    return made.bytes()


def exports_of_one(records, width=64):
    """Records of exports, all of one symbol with a long name."""
    made = BigObject(width)
    data = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8))
    name = "n" * (NAME_MAX - 1)
    symbol = made.symbol(name, data)
    made.section(".mod.exports", flags=0,
                 contents=struct.pack("<III", symbol, hash_name(name), 0) * records)
    return made.bytes()


def many_import_files(count, repeated, width=64):
    """Import files that are not there, and the last one of them again and again."""
    made = BigObject(width)
    names = b"".join(b"/%d\0" % i for i in range(count)) + b"/%d\0" % (count - 1) * repeated
    made.section(".mod.files", flags=0, contents=names)
    return made.bytes()


def importer(files, width=64, folders=()):
    """An object with something in it that imports from these files, along a library path of folders."""
    made = BigObject(width)
    made.section(".data", flags=ALLOC | WRITE, contents=b"x")
    if folders:
        made.section(".mod.link", flags=0, contents=b"libpath=" + b":".join(folders) + b"\0")
    made.section(".mod.files", flags=0, contents=b"".join(file + b"\0" for file in files))
    return made.bytes()


def smallest_object(width=64):
    """Nothing but one byte of data, which is the first one of the names of sections; no symbols."""
    made = FORMATS[width]
    header_size, section_size = made.sizes[:2]
    names = b"\0.d\0"
    header = struct.pack(made.header, b"\x7fELF", made.kind, 1, 1, 1, made.machine, 1, 0, 0,
                         header_size + len(names), 0, header_size, 0, 0, section_size, 3, 2)
    data = struct.pack(made.section, 1, PROGBITS, ALLOC | WRITE, 0, header_size, 1, 0, 0, 1, 0)
    strings = struct.pack(made.section, 0, STRTAB, 0, 0, header_size, len(names), 0, 0, 1, 0)
    return header + names + bytes(section_size) + data + strings


def archive_of(members):
    """A GNU archive of (short name, content)."""
    return b"!<arch>\n" + b"".join(b"%-16s%-32s%-10d`\n" % (name + b"/", b"0", len(content)) +
                                   content + b"\n" * (len(content) % 2)
                                   for name, content in members)


def of_its_own(path, dependents, others, width=64):
    """An archive whose first object imports from so many members of it; others are empty."""
    names = [b"d%d" % i for i in range(dependents)]
    first = importer([path + b"(" + name + b")" for name in names], width)
    return archive_of([(b"p", first), *((name, smallest_object(width)) for name in names),
                       *[(b"x", b"")] * others])


def many_importers(path, dependents, files, width=64, folders=()):
    """An archive whose first object imports from so many members of it, each with these import files."""
    names = [b"d%d" % i for i in range(dependents)]
    first = importer([path + b"(" + name + b")" for name in names], width, folders)
    member = importer(files, width)
    return archive_of([(b"p", first), *((name, member) for name in names)])


# Folders of the longest path that costs the most to follow, and then the one with the file.
LONG_FOLDERS = [b"/t/.." * 39 + b"/etc"] * 15 + [b"/t"]


def chain(path, length, missing, width=64):
    """An archive of objects, each of which needs the next; the last one files that are not there."""
    needs = [[path + b"(%d)" % (i + 1)] for i in range(length - 1)] + [[b"/x"] * missing]
    return archive_of((b"%d" % i, importer(files, width)) for i, files in enumerate(needs))


def bad_relocations(count, width=64):
    """Relocations of a place outside their section, whose names make each message long."""
    made = BigObject(width)
    data = made.section(".data_" + "s" * 40, flags=ALLOC | WRITE, contents=bytes(8))
    symbol = made.symbol("n" * 60, data)
    made.relocations(data, [((1 << (width - 1)) - 1, R_ADDRESS, symbol, 0)] * count)
    return made.bytes()


def lacking(names, width=64):
    """An object that needs names which are like those of exporting()."""
    made = BigObject(width)
    data = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8))
    symbols = [made.symbol(f"zz{i:04x}_" + "n" * 40) for i in range(names)]
    made.relocations(data, [(0, R_ADDRESS, symbol, 0) for symbol in symbols])
    return made.bytes()


def exporting(names, width=64):
    """An object with names that differ in their beginnings."""
    made = BigObject(width)
    data = made.section(".data", flags=ALLOC | WRITE, contents=bytes(8))
    for i in range(names):
        made.symbol(f"{i:06x}_" + "n" * 40, data, 0, GLOBAL_OBJECT)
    return made.bytes()


def all_lacking(path, members, names, width=64):
    """An archive whose first object needs many others, none of which finds its names."""
    numbers = [b"%d" % i for i in range(members)]
    first = importer([path + b"(" + number + b")" for number in numbers], width)
    member = lacking(names, width)
    return archive_of([(b"p", first), *((number, member) for number in numbers)])


# As much of one thing as must be decided in five seconds, by name; each made for a width.
LARGE = {
    "sections": lambda width: many_sections(65000, width),
    "relocations": lambda width: many_relocations(300000, width),
    "exports": lambda width: many_symbols(100000, True, width=width),
    "imports": lambda width: many_symbols(100000, False, width=width),
    "imports-of-sections": lambda width: many_symbols(100000, False, 20000, width),
    "members": lambda width: many_members(50000, b"text\n"),
    "objects": lambda width: many_members(50000, many_symbols(2, True, width=width)),
}

# A megabyte at most of what is thought to cost the most time, which must be decided in one.
HOSTILE = {
    "alignment": lambda width: huge_alignment(14000, width),
    "member-names": lambda width: many_members(15000, b"", b"n" * 100000 + b"\n"),
    "unresolved": lambda width: many_symbols(6000, False, 4000, width),
    "long-imports": lambda width: long_names(20000, False, width),
    "long-exports": lambda width: long_names(20000, True, width),
    "long-imports-in-limit": lambda width: long_names(250, False, width),
    "long-exports-in-limit": lambda width: long_names(250, True, width),
    "common-names": lambda width: common_names(20000, 30, width),
    "common-names-in-limit": lambda width: common_names(250, 60, width),
    "signatures": lambda width: many_signatures(10000, width),
    "signatures-in-limit": lambda width: many_signatures(250, width),
    "exports-of-one": lambda width: exports_of_one(80000, width),
    "shared-relocations": lambda width: shared_relocations(8000, 20000, width),
    "library-path": lambda width: importer([b"library-path"] * 4090, width,
                                           [b"/none"] * 15 + [b"/t"]),
    "long-folders": lambda width: importer([b"long-folders"] * 1100, width, LONG_FOLDERS),
    "too-long-folders": lambda width: importer([b"too-long-folders"] * 4090, width, LONG_FOLDERS),
    "many-bare-names": lambda width: many_importers(b"/t/many-bare-names", 100,
                                                    [b"many-bare-names(p)"] * 500, width,
                                                    LONG_FOLDERS),
    "many-folders": lambda width: importer([b"%d" % i for i in range(4090)], width,
                                           [b"/none"] * 150000),
    "own-members": lambda width: of_its_own(b"/t/own-members", 1000, 6000, width),
    "own-members-missing": lambda width: importer([b"/t/own-members(%d)" % i
                                                   for i in range(4090)], width),
    "importers": lambda width: many_importers(b"/t/importers", 100, [b"/t/importers(p)"] * 600,
                                              width),
    "long-paths": lambda width: importer([b"/" + b"p" * 239 + b"%05d" % i for i in range(4090)],
                                         width),
    "refused-names": lambda width: many_importers(b"/t/refused-names", 170, [b""] * 4000, width),
    "folders-as-files": lambda width: many_importers(b"/t/folders-as-files", 110, [b"/"] * 4000,
                                                     width),
    "chain": lambda width: chain(b"/t/chain", 1500, 3000, width),
    "bad-relocations": lambda width: bad_relocations(40000, width),
    "lacking": lambda width: all_lacking(b"/t/lacking", 200, 32, width),
    "own-names": lambda width: importer([b"/t" + b"/." * (i // 64) + b"/" * (i % 64) + b"/own-names"
                                         for i in range(4090)], width),
    "import-files": lambda width: many_import_files(4090, 10, width),
    "more-import-files": lambda width: many_import_files(4000, 160000, width),
}
