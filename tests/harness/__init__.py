"""What the tests share: a machine to boot, its screen, initrds, results of other test programs."""

from pathlib import Path

TREE = Path(__file__).resolve().parents[2]
BUILD = TREE / "build"
