"""Host test programs (tests/host/test_<name>.c) as pytest items, one for each cmocka test."""

import os
import re
import subprocess

import pytest

from . import BUILD

RESULT = re.compile(r"^(not )?ok \d+ -? ?(\S+)(?: # (SKIP)\S*)?(.*)$")


def results_of(output):
    """The results in TAP output: a list of (name, passed, skipped, text around a failure)."""
    results, notes = [], []
    for line in output.splitlines():
        match = RESULT.match(line)
        if not match:
            notes.append(line)
            # cmocka writes the reason of a failure after its line.
            if results and not results[-1][1]:
                results[-1][3].append(line)
            continue
        results.append((match[2], not match[1], bool(match[3]), notes if match[1] else []))
        notes = []
    return results


class HostProgram(pytest.File):
    """Runs the program once, when pytest collects; its items only report."""

    def collect(self):
        program = BUILD / "host" / self.path.stem
        if not program.exists():
            yield HostCase.from_parent(self, name="program", passed=False, text=f"{program} is not built")
            return
        environment = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"}
        done = subprocess.run([program], env=environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                              timeout=300, check=False)
        results = results_of(done.stdout)
        for name, passed, skipped, notes in results:
            yield HostCase.from_parent(self, name=name, passed=passed, skipped=skipped,
                                       text="\n".join(notes))
        failed = sum(not passed for _, passed, _, _ in results)
        ended = done.returncode == failed and bool(results)
        yield HostCase.from_parent(self, name="program", passed=ended, text=done.stdout +
                                   f"\n{program} ended with status {done.returncode} after "
                                   f"{len(results)} results")


class HostCase(pytest.Item):
    """One result; "program" is the program as a whole, which must reach its end."""

    def __init__(self, *, passed, text, skipped=False, **kw):
        super().__init__(**kw)
        self.passed, self.text, self.skipped = passed, text, skipped

    def runtest(self):
        if self.skipped:
            pytest.skip("skipped by the program")
        if not self.passed:
            raise AssertionError(self.text)

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, 0, f"{self.path.stem}: {self.name}"
