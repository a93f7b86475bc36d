"""
Writes small relocatable objects and archives, sound ones, of which any field can then be set to
anything. The same input gives the same bytes, always.
"""

import struct

from harness.modld import hash_name

TEXT, DATA, CONSTANTS, ZEROES, SYMBOLS, STRINGS, NAMES, RELOCATIONS = range(1, 9)
FIRST_FREE = 9

LOAD, TABLE, FIRST_GLOBAL = 2, 3, 2  # symbols of the sound object; 1 is a local one

PROGBITS, SYMTAB, STRTAB, RELA, NOTE, NOBITS, REL, INIT_ARRAY = 1, 2, 3, 4, 7, 8, 9, 14
GROUP, SYMTAB_SHNDX = 17, 18
WRITE, ALLOC, EXECUTE, TLS_FLAG = 1, 2, 4, 0x400
NONCONFORMING, COMPRESSED = 0x100, 0x800
GLOBAL, WEAK = 1 << 4, 2 << 4
OBJECT, FUNCTION, TLS_SYMBOL, IFUNC = 1, 2, 6, 10
ABSOLUTE, COMMON, EXTENDED, RESERVED = 0xfff1, 0xfff2, 0xffff, 0xff00

# By width: how the structures stand in a file, and the names of their fields.
HEADER = {64: "<16sHHIQQQIHHHHHH", 32: "<16sHHIIIIIHHHHHH"}
HEADER_FIELDS = ("ident", "type", "machine", "version", "entry", "phoff", "shoff", "flags", "ehsize",
                 "phentsize", "phnum", "shentsize", "shnum", "shstrndx")
SECTION = {64: "<IIQQQQIIQQ", 32: "<IIIIIIIIII"}
SECTION_FIELDS = ("name", "type", "flags", "addr", "offset", "size", "link", "info", "addralign",
                  "entsize")
SYMBOL = {64: ("<IBBHQQ", ("name", "info", "other", "shndx", "value", "size")),
          32: ("<IIIBBH", ("name", "value", "size", "info", "other", "shndx"))}
RELOCATION = {64: "<QQq", 32: "<IIi"}

MACHINE = {64: 62, 32: 3}
PC32, ABSOLUTE_32, ABSOLUTE_WORD = {64: 2, 32: 2}, {64: 10, 32: 1}, {64: 1, 32: 1}

# _load: xor %eax, %eax; ret, the same in both widths.
RETURN_ZERO = b"\x31\xc0\xc3"


class Object:
    """
    A sound object that loads: four sections in memory, a local symbol, _load and table, one relocation.
    `header`, `sections[i]` and `symbols[i]` are dicts of fields; what is in them when build() is called is
    what the file says, whether it is true or not. A section's "content" is its bytes; offset and size
    are filled in unless they are set.
    """

    def __init__(self, width):
        self.width = width
        self.wide = width == 64
        self.header = {}
        self.strings, self.names = b"\0", b"\0"
        self.sections = [{}]
        self.symbols = [{}]
        self.relocations = []
        self.add_section(".text", PROGBITS, ALLOC | EXECUTE, RETURN_ZERO.ljust(16, b"\x90"))
        self.add_section(".data", PROGBITS, ALLOC | WRITE, bytes(16))
        self.add_section(".rodata", PROGBITS, ALLOC, b"constant")
        self.add_section(".bss", NOBITS, ALLOC | WRITE, size=16)
        self.add_section(".symtab", SYMTAB, link=STRINGS, info=FIRST_GLOBAL,
                         entsize=struct.calcsize(SYMBOL[width][0]))
        self.add_section(".strtab", STRTAB, addralign=1)
        self.add_section(".shstrtab", STRTAB, addralign=1)
        self.add_section(".rela.text", RELA, link=SYMBOLS, info=TEXT,
                         entsize=struct.calcsize(RELOCATION[width]))
        self.add_symbol("local", DATA, 0, OBJECT)
        self.add_symbol("_load", TEXT, 0, GLOBAL | FUNCTION)
        self.add_symbol("table", DATA, 8, GLOBAL | OBJECT)
        self.add_relocation(8, PC32[width], TABLE, -4)

    def add_section(self, name, kind, flags=0, content=b"", **fields):
        """Returns the section's number."""
        self.sections.append({"name": len(self.names), "type": kind, "flags": flags,
                              "content": content, "addralign": 8, **fields})
        self.names += name.encode() + b"\0"
        return len(self.sections) - 1

    def add_symbol(self, name, section, value=0, info=GLOBAL, **fields):
        """Returns the symbol's number. Local ones (info below 16) come first."""
        self.symbols.append({"name": len(self.strings), "shndx": section, "value": value,
                             "info": info, **fields})
        self.strings += name.encode() + b"\0"
        return len(self.symbols) - 1

    def add_relocation(self, offset, kind, symbol, addend=0):
        self.relocations.append([offset, kind, symbol, addend])

    def add_import(self, name, file=None, number=0):
        """An undefined symbol, and when `file` says where from, its record and .mod.files."""
        symbol = self.add_symbol(name, 0)
        if file is not None:
            self.add_section(".mod.files", PROGBITS, content=file.encode() + b"\0")
            self.add_section(".mod.imports", PROGBITS,
                             content=struct.pack("<III", symbol, hash_name(name), number))
        return symbol

    def add_export_record(self, symbol=TABLE, name="table", kind=0):
        self.add_section(".mod.exports", PROGBITS,
                         content=struct.pack("<III", symbol, hash_name(name), kind))

    def _relocation(self, offset, kind, symbol, addend):
        info = symbol << (32 if self.wide else 8) | kind
        return struct.pack(RELOCATION[self.width], offset, info, addend)

    def _contents(self):
        form, fields = SYMBOL[self.width]
        tables = {
            SYMBOLS: b"".join(struct.pack(form, *(symbol.get(field, 0) for field in fields))
                              for symbol in self.symbols),
            STRINGS: self.strings,
            NAMES: self.names,
            RELOCATIONS: b"".join(self._relocation(*entry) for entry in self.relocations),
        }
        return [section.get("content") or tables.get(number, b"")
                for number, section in enumerate(self.sections)]

    def build(self):
        size = struct.calcsize(HEADER[self.width])
        body = bytearray(size)
        for section, content in zip(self.sections, self._contents()):
            body += bytes(-len(body) % 8)
            section.setdefault("offset", len(body) if section else 0)
            section.setdefault("size", len(content))
            body += content
        body += bytes(-len(body) % 8)
        identity = b"\x7fELF" + bytes([2 if self.wide else 1, 1, 1])
        header = {"ident": identity, "type": 1, "machine": MACHINE[self.width], "version": 1,
                  "ehsize": size, "shentsize": struct.calcsize(SECTION[self.width]),
                  "shnum": len(self.sections), "shstrndx": NAMES, "shoff": len(body), **self.header}
        for section in self.sections:
            body += struct.pack(SECTION[self.width],
                                *(section.get(field, 0) for field in SECTION_FIELDS))
        struct.pack_into(HEADER[self.width], body, 0,
                         *(header.get(field, 0) for field in HEADER_FIELDS))
        return bytes(body)


def member(name, content, size=None, end=b"`\n"):
    """A member of an archive as `ar` writes it; `name` as it stands in the header."""
    size = len(content) if size is None else size
    header = f"{name:<16}{0:<12}{0:<6}{0:<6}{'644':<8}{size:<10}".encode() + end
    return header + content + b"\n" * (len(content) % 2)


def archive(*members):
    return b"!<arch>\n" + b"".join(members)
