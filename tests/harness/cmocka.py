"""Host test programs (tests/host/test_<name>.c) as pytest items, one for each cmocka test."""

import os
import re
import subprocess

import pytest

from . import BUILD

RESULT = re.compile(r"^(not )?ok \d+ - (\S+)")
SKIPPED = re.compile(r"^not ok \d+ # SKIP (\S+)")


def results_of(output):
    """The results in cmocka's TAP: a list of (name, "passed" or "failed" or "skipped", notes)."""
    results = []
    for line in output.splitlines():
        if match := RESULT.match(line):
            results.append((match[2], "failed" if match[1] else "passed", []))
        elif match := SKIPPED.match(line):
            results.append((match[1], "skipped", []))
        elif results:
            # cmocka writes the reason of a failure after its line.
            results[-1][2].append(line)
    return results


class HostProgram(pytest.File):
    """Runs the program once, when pytest collects; its items only report."""

    def collect(self):
        program = BUILD / "host" / self.path.stem
        if not program.exists():
            yield HostCase.from_parent(self, name="program", result="failed",
                                       text=f"{program} is not built")
            return
        environment = {**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"}
        done = subprocess.run([program], env=environment, stdin=subprocess.DEVNULL, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
                              timeout=300, check=False)
        results = results_of(done.stdout)
        for name, result, notes in results:
            yield HostCase.from_parent(self, name=name, result=result, text="\n".join(notes))
        failed = sum(result == "failed" for _, result, _ in results)
        ended = done.returncode == failed and len(results) > 0
        yield HostCase.from_parent(self, name="program", result="passed" if ended else "failed",
                                   text=f"{done.stdout}\n{program} ended with status "
                                        f"{done.returncode} after {len(results)} results")


class HostCase(pytest.Item):
    """One result; "program" is the program as a whole, which must reach its end."""

    def __init__(self, *, result, text, **kw):
        super().__init__(**kw)
        self.result, self.text = result, text

    def runtest(self):
        if self.result == "skipped":
            pytest.skip("skipped by the program")
        if self.result == "failed":
            raise AssertionError(self.text)

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, 0, f"{self.path.stem}: {self.name}"
