"""docs/decisions.md: every test that a decision names exists."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rows():
    for line in (ROOT / "docs/decisions.md").read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] not in ("question", "---"):
            yield cells


def sources():
    files = [*(ROOT / "tests").rglob("*.[cp]*"), *(ROOT / "kernel").rglob("*.c"),
             *(ROOT / "libsys").rglob("*.c"), *(ROOT / "modules").rglob("*.c")]
    return "\n".join(file.read_text() for file in files
                     if file.suffix in (".c", ".py") and file.name != pathlib.Path(__file__).name)


def test_every_row_has_a_question_a_decision_a_reason_and_a_test():
    for cells in rows():
        assert len(cells) == 4 and "`" in cells[3], cells[0]


def test_every_test_that_a_decision_names_exists():
    text = sources()
    for question, _, _, tests in rows():
        for name in re.findall(r"`([^`]+)`", tests):
            assert re.search(rf"\b{re.escape(name)}\b", text), f"{question}: no test {name}"
