"""
Extensions with dependents for tests that boot: from C text through modld into files of an initrd.
"""

import re
import subprocess

from . import TREE
from .modld import Workshop
from .objects import FIXTURES, FLAGS

MEMBER = re.compile(r"(.*)\((.*)\)")


class Shelf:
    """
    Files for an initrd, of one width:

        shelf.add("/t/top.o", "int _load(void) { return low(); }", imports={"/t/low.o": ["low"]})
        shelf.add("/t/low.a(low.o)", "int low(void) { return 0; }", exports=["low"])
        boot(initrd=initrd_with(shelf.files()))

    Sources that are the name of a fixture (requests.c) are that file. `flags` are the compiler's,
    `options` modld's. Imports from /unix need not be listed when the kernel exports them.
    """

    def __init__(self, folder, width):
        self.width = width
        self.workshop = Workshop(folder, width)
        self.contents = {}
        self.archives = {}
        self.count = 0

    def add(self, file, source, *options, exports=(), imports=None, flags=(), width=None):
        content = self._make(source, options, exports, imports or {}, flags, width or self.width)
        member = MEMBER.fullmatch(file)
        if member:
            self.archives.setdefault(member[1], []).append((member[2], content))
        else:
            self.contents[file] = content

    def add_plain(self, file, source):
        """An object straight from the compiler, which modld has not seen."""
        self.count += 1
        name = self.workshop.compile(f"source{self.count}", f"#include <mortise/kernel.h>\n{source}",
                                     *FLAGS[self.width], "-mgeneral-regs-only")
        self.contents[file] = (self.workshop.folder / name).read_bytes()

    def _make(self, source, options, exports, imports, flags, width):
        shop = self.workshop
        self.count += 1
        name = f"source{self.count}"
        text = (FIXTURES / source).read_text() if source.endswith(".c") else \
            f"#include <mortise/kernel.h>\n{source}"
        shop.compile(name, text, *FLAGS[width], "-mgeneral-regs-only", *flags, width=width)
        shop.write(f"{name}.exp", "".join(f"{symbol}\n" for symbol in exports))
        shop.write(f"{name}.imp", "".join(f"#! {file}\n" + "".join(f"{s}\n" for s in symbols)
                                          for file, symbols in imports.items()))
        listed = {symbol for symbols in imports.values() for symbol in symbols}
        kernel = shop.write("kernel.imp", "".join(
            f"{line}\n" for line in (TREE / "kernel" / "kernex.exp").read_text().splitlines()
            if line not in listed))
        shop.link(f"-bE:{name}.exp", f"-bI:{kernel}", f"-bI:{name}.imp", *options, f"{name}.o")
        return (shop.folder / "out.o").read_bytes()

    def files(self):
        """Path to bytes; archives with the members in the order in which they were added."""
        made = dict(self.contents)
        for number, (path, members) in enumerate(self.archives.items()):
            folder = self.workshop.folder / f"archive{number}"
            for i, (name, content) in enumerate(members):
                (folder / str(i)).mkdir(parents=True)
                (folder / str(i) / name).write_bytes(content)
            subprocess.run(["ar", "qcsD", "archive", *(f"{i}/{name}" for i, (name, _) in
                                                      enumerate(members))], cwd=folder, check=True)
            made[path] = (folder / "archive").read_bytes()
        return made


def chain_source(name, calls=(), extra=""):
    """
    An extension that exports int NAME(void), which counts its own calls and calls others, and that
    says when it starts and stops.
    """
    declared = "".join(f"int {call}(void);\n" for call in calls)
    called = "".join(f"{call}(); " for call in calls)
    return f"""{declared}int {name}(void); int _load(void); int _unload(void);
        static int {name}_calls;
        int {name}(void) {{ return ++{name}_calls; }}
        int _load(void) {{ {called}printk("{name} starts"); return 0; }}
        int _unload(void) {{ printk("{name} stops"); return 0; }}
        {extra}"""


REQUESTS = """
    #include <sys/ldr.h>
    #define ANY __attribute__((unused)) static
    ANY mid_t asked;
    ANY int ask(char *path, uint flags) { return kmod_load(path, LD_KERNELEX | flags, NULL, &asked); }
    ANY mid_t find(char *path) { mid_t kmid = 0; kmod_load(path, LD_QUERY, NULL, &kmid); return kmid; }
    ANY int give_back(char *path) { return kmod_unload(find(path), 0); }
    """


def actor_source(name, calls=(), load="", unload="", extra=""):
    """
    Like chain_source, with statements of its own in _load and _unload, behind the word that it starts
    or stops. They may set `error`, which is returned; count on `starts` and `stops`; and make requests:
    ask(path, flags), find(path), give_back(path).
    """
    declared = "".join(f"int {call}(void);\n" for call in calls)
    called = "".join(f"{call}(); " for call in calls)
    return f"""{REQUESTS} {declared} int {name}(void); int _load(void); int _unload(void);
        static int {name}_calls, starts, stops; {extra}
        int {name}(void) {{ return ++{name}_calls; }}
        int _load(void)
        {{ int error = 0; starts++; {called}printk("{name} starts"); {load}; return error; }}
        int _unload(void)
        {{ int error = 0; stops++; printk("{name} stops"); {unload}; return error; }}"""


def refusal(machine, command):
    """What a command that fails printed, its log lines left out."""
    output = machine.run(command)
    assert machine.last_status() == 1, output
    return output


def said_words(output):
    """The log lines in a command's output, without their times."""
    return re.findall(r"^\[ *\d+\.\d+\] (.*)$", output, re.M)
