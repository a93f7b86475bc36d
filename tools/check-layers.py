#!/usr/bin/python3
"""Checks that #include goes downwards only: docs and DESIGN call a file's folder its layer.

    tools/check-layers.py [TREE]

Prints each include that goes up, with the reason; exits 1 when there is one.
"""

import re
import sys
from pathlib import Path

# Folder and layer. A file includes its own layer and those below. The longest folder that fits counts.
LAYERS = {
    "include/mortise": 0,
    "include/sys": 0,
    "lib": 1,
    "arch": 2,
    "loader": 3,
    "kernel": 4,
    "kernel/dialect": 5,
    "modules": 6,
    "libcsys": 6,
    "libsys": 6,
    "boot": 7,
}

# Sources outside the kernel: they may include what the host builds.
HOST = ("tools", "tests")
HOST_MAY = ("include/mortise", "include/sys", "lib", "loader", "tools", "tests")

# Code of extensions: what it includes is what one outside the tree can include.
EXTENSIONS = ("modules", "libcsys", "libsys")
PROMISES = ("include/mortise", "include/sys")

# The loader's pure parts decide and never act: they know neither living things nor the host.
PURE = ("loader/image", "loader/link", "loader/machine")
PURE_MAY_NOT = ("loader/live", "loader/host.h")

# Upward includes that are right, each with its reason.
EXCEPTIONS = {
    "boot/boot_info.h": "a plain struct without functions: what boot/ hands down to whoever starts up",
}

# Headers that are no file of ours: the compiler's own, and three that are only types and macros.
SYSTEM = {"limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h", "stdalign.h", "cpuid.h",
          "elf.h", "uthash.h", "utlist.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path, folders):
    """The longest of `folders` that `path` is in (or is), or None."""
    inside = [f for f in folders if path == f or path.startswith(f + "/")]
    return max(inside, key=len, default=None)


def is_in(path, folders):
    return folder_of(path, folders) is not None


def complaint(source, bracket, name):
    """Why `source` may not include `name`; None when it may."""
    is_promise = is_in(f"include/{name}", PROMISES)
    if bracket == "<" and not is_promise:
        if is_in(source, HOST) or source.startswith("lib/freestanding/") or name in SYSTEM:
            return None
        return "a system header that is not among the freestanding ones"
    target = f"include/{name}" if is_promise else name
    if is_in(source, HOST):
        return None if is_in(target, HOST_MAY) or "/" not in target else host_complaint(source)
    target_folder = folder_of(target, LAYERS)
    if target_folder is None:
        return "not a path from the top of the tree to a layer"
    source_folder = folder_of(source, LAYERS)
    if source_folder in EXTENSIONS and target_folder not in (source_folder, *PROMISES):
        return "an extension includes <mortise/...> and <sys/...> only"
    if is_in(source, PURE) and is_in(target, PURE_MAY_NOT):
        return "the loader's pure half knows neither loader/live nor the host"
    if LAYERS[target_folder] > LAYERS[source_folder] and target not in EXCEPTIONS:
        return f"{source_folder} (layer {LAYERS[source_folder]}) is below " \
               f"{target_folder} (layer {LAYERS[target_folder]})"
    return None


def host_complaint(source):
    # Host tests may drive the kernel's own parsers, which are pure; tools have no business there.
    return None if source.startswith("tests/") else "a host tool is built from lib/ and loader/ only"


def check_tree(tree):
    found = []
    for folder in [*(f for f in LAYERS if f != "kernel/dialect"), *HOST]:
        for path in sorted((tree / folder).rglob("*.[chS]")):
            source = path.relative_to(tree).as_posix()
            for number, line in enumerate(path.read_text().splitlines(), 1):
                match = INCLUDE.match(line)
                why = match and complaint(source, match[1], match[2])
                if why:
                    found.append(f"{source}:{number}: {match[2]}: {why}")
    return found


def main():
    tree = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[1]
    found = check_tree(tree)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
