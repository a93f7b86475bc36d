"""
Whole libraries as a diet: each member of what the compilers bring along is planned, and what is
refused is refused for a reason that pyelftools finds in it too.
"""

import io
import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from harness import BUILD

MODPLAN = BUILD / "tools" / "modplan"
LIBRARIES = [(flag, name) for flag in ("-m64", "-m32") for name in ("libc.a", "libgcc.a", "libstdc++.a")]
SHF_TLS = 0x400
TLS_TYPES = {"EM_X86_64": {16, 17, 18, 19, 20, 21, 22, 23, 34, 35, 36},
             "EM_386": {14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33,
                        34, 35, 36, 37, 39, 40, 41}}


def members(path):
    """Contents of every member of a GNU archive, in order, its tables left out."""
    content = path.read_bytes()
    offset = 8
    while offset < len(content):
        header = content[offset:offset + 60]
        size = int(header[48:58])
        if header[:16].rstrip() not in (b"/", b"//", b"/SYM64/"):
            yield content[offset + 60:offset + 60 + size]
        offset += 60 + size + size % 2


def symbols(elf):
    table = elf.get_section_by_name(".symtab")
    return [(s.entry["st_info"]["type"], s.name) for s in table.iter_symbols()]


def has_tls_section(elf, _detail):
    return any(s["sh_flags"] & SHF_TLS for s in elf.iter_sections())


def has_tls_symbol(elf, detail):
    name = re.search(r"symbol \d+ \((.+?)\)", detail)[1]
    return ("STT_TLS", name) in symbols(elf)


def has_tls_relocation(elf, detail):
    section, entry, kind = map(int, re.search(r"section (\d+) entry (\d+): type (\d+)", detail).groups())
    found = elf.get_section(section).get_relocation(entry)["r_info_type"]
    return found == kind and kind in TLS_TYPES[elf["e_machine"]]


def has_foreign_constructor(elf, detail):
    """The entry is what another object defines: it is given its address by a relocation."""
    section, entry = map(int, re.search(r"section (\d+) \(.*?\) entry (\d+)", detail).groups())
    place = entry * elf.elfclass // 8
    relocations = [r for table in elf.iter_sections()
                   if table["sh_type"] in ("SHT_REL", "SHT_RELA") and table["sh_info"] == section
                   for r in table.iter_relocations() if r["r_offset"] == place]
    named = [elf.get_section_by_name(".symtab").get_symbol(r["r_info_sym"]) for r in relocations]
    return len(named) == 1 and named[0]["st_shndx"] == "SHN_UNDEF"


# Every reason that is right, and how it is seen without the loader.
REASONS = {
    "E216": has_tls_section,
    "E266": has_tls_symbol,
    "E235": has_tls_relocation,
    "E293": has_foreign_constructor,
}


def library(flag, name):
    command = ["gcc", flag, *(["-print-libgcc-file-name"] if name == "libgcc.a"
                              else [f"-print-file-name={name}"])]
    path = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return path if "/" in path else None


def verdicts(path):
    """(verdict, number, detail) of each member."""
    done = subprocess.run([MODPLAN, "-a", "--stub-imports", path], capture_output=True, text=True,
                          check=False)
    assert done.stderr == ""
    lines = [line for line in done.stdout.splitlines() if not line.startswith("  ")]
    found = [re.fullmatch(r"(ok|refused|skipped) .*?\(.*?\): (?:(E\d+) )?(.*)", line)
             for line in lines]
    return [match.groups() for match in found]


@pytest.mark.parametrize("flag, name", LIBRARIES, ids=[f"{name}{flag}" for flag, name in LIBRARIES])
def test_each_member_is_loaded_or_refused_for_a_reason_that_is_true(flag, name):
    path = library(flag, name)
    assert path is not None, f"{name} for {flag} is not installed (tools/need.sh test)"
    contents = list(members(Path(path)))
    said = verdicts(path)
    assert len(contents) == len(said) > 100
    untrue = []
    for content, (verdict, number, detail) in zip(contents, said):
        assert verdict != "skipped" or content[:4] != b"\x7fELF"
        if verdict == "refused" and not REASONS.get(number, lambda *_: False)(
                ELFFile(io.BytesIO(content)), detail):
            untrue.append(f"{number} {detail}")
    assert not untrue, (Counter(line[:4] for line in untrue), untrue[:10])
    assert sum(verdict == "ok" for verdict, *_ in said) > len(said) / 2


def test_members_for_x32_are_refused_by_that_name():
    path = library("-mx32", "libc.a")
    assert path is not None
    assert {(verdict, number) for verdict, number, _ in verdicts(path)} == {("refused", "E278")}
