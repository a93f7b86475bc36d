"""
The loader's use of the stack, from the compiler's own call graph: no recursion, nothing of unknown size,
and a bound on the deepest chain of calls from any request down to where the host takes over.
"""

import re
import subprocess
from pathlib import Path

import pytest

from harness import TREE

STACK_MAX = 4096
FLAGS = {64: ["-m64", "-mcmodel=kernel", "-mno-red-zone"], 32: ["-m32"]}
FLAGS_BOTH = ["-std=gnu11", "-O2", "-ffreestanding", "-fno-pic", "-mgeneral-regs-only", "-I.", "-Iinclude",
              "-Ilib/freestanding", "-idirafter", "/usr/include",
              "-idirafter", "/usr/include/x86_64-linux-gnu"]
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"\\]*\\n([^"\\]*)\\n(\d+) bytes \(([^)]*)\)')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
INDIRECT = "__indirect_call"
# What functions call through pointers; None is what the host hands in, and so counts for the host.
POINTERS = [
    (r"format_|lib/format\.c:", r"^lib/format\.c:\w+_put$"),
    (r"lib/sort\.c:", r":compare_\w+$"),
    (r"archive_index_make$", r":is_for_host$"),
    (r"steps_undo$", r"^step_\w+_back$"),
    (r"steps_run$", r"^step_\w+(?<!_back)$"),
    (r"table_add_new$", r":is_same_\w+$"),
    (r"table_reserve$|table_trim$", r":table_(allocate|release)$"),
    (r"stacks_visit$|table_visit$|lib/stacks\.c:visit_stack$", None), # see VISITORS
    (r"resolve_visit_unresolved$", r":report_unresolved$"),
    (r"resolve_visit_bindings$", r"loader/live/plan\.c:tell_binding$"),
    (r"loader_visit_|(loader_)?plan|loader/live/(bindings|plan)\.c:", None),
]
# What stacks_visit calls, by way of VISITING, depends on who calls it.
VISITING = ("stacks_visit", "table_visit", "lib/stacks.c:visit_stack")
VISITORS = {
    "name_space_nearest": "loader/link/name_space.c:visit_nearest",
    "loader_visit_bindings": "loader/live/bindings.c:visit_definition",
    "loader_visit_symbols": "loader/live/listing.c:collect",
    "loader_get_state": "loader/live/digest.c:add_definition",
}
RETURN_ADDRESS = {64: 8, 32: 4}


class CallGraph:
    """Functions of the loader and lib/, how much stack each takes, and whom they call."""

    def __init__(self, folder, width):
        self.bytes, self.kinds, self.calls, self.callers = {}, {}, {}, {}
        for source in sorted([*Path(TREE / "loader").rglob("*.c"), *Path(TREE / "lib").glob("*.c")]):
            name = source.relative_to(TREE)
            out = folder / f"{str(name).replace('/', '_')}.o"
            subprocess.run(["gcc", *FLAGS[width], *FLAGS_BOTH, "-fcallgraph-info=su", "-c", "-o", out, name],
                           cwd=TREE, check=True)
            self._read(out.with_suffix(".ci").read_text(), width)

    def _read(self, text, width):
        for title, _, size, kind in NODE.findall(text):
            self.bytes[title] = int(size) + RETURN_ADDRESS[width]
            self.kinds[title] = kind
        for caller, callee in EDGE.findall(text):
            self.calls.setdefault(caller, set()).add(callee)
            self.callers.setdefault(callee, set()).add(caller)

    def targets(self, function):
        """Whom it may call, by name or through a pointer."""
        for callee in self.calls.get(function, ()):
            if callee == "stacks_visit":
                yield self._visit(function)
            elif callee != INDIRECT:
                yield callee
            else:
                yield from self._pointed_at(function)

    def _visit(self, function):
        """A function that stands for those between `function` and its visitor."""
        assert VISITORS[function] in self.bytes
        name = f"stacks_visit by {function}"
        self.bytes[name] = sum(self.bytes[f] for f in VISITING)
        self.calls[name] = {VISITORS[function]}
        return name

    def _pointed_at(self, function):
        patterns = [there for here, there in POINTERS if re.match(here, function)]
        assert patterns, f"{function} calls through a pointer: say in POINTERS what it may point at"
        return [f for f in self.bytes if patterns[0] and re.search(patterns[0], f)]

    def deepest(self):
        """(bytes, chain) of the deepest chain of calls; fails for a circle of them."""
        done, path = {}, []

        def depth(function):
            assert function not in path, "recursion: " + " -> ".join([*path[path.index(function):], function])
            if function not in done:
                path.append(function)
                below = max((depth(callee) for callee in self.targets(function)), default=(0, []))
                path.pop()
                done[function] = (self.bytes.get(function, 0) + below[0], [function, *below[1]])
            return done[function]

        return max(depth(function) for function in sorted(self.bytes))


@pytest.mark.parametrize("width", [64, 32])
def test_the_loader_takes_little_stack_and_never_calls_itself(tmp_path, width):
    graph = CallGraph(tmp_path, width)
    assert [f for f, kind in graph.kinds.items() if kind == "dynamic"] == []
    size, chain = graph.deepest()
    assert {"loader_load", "image_check", "relocate"} <= graph.bytes.keys()
    assert size <= STACK_MAX, f"{size} bytes: " + " -> ".join(f"{f} ({graph.bytes.get(f, 0)})" for f in chain)
