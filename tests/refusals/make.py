#!/usr/bin/python3
"""
Writes the fixtures of refusals:  make.py FOLDER  makes FOLDER/64 and FOLDER/32.

They name each other as files below /refusals: lay one of the two folders over an initrd there to load
them in a kernel.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from refusals.fixtures import files


def main():
    for width in (64, 32):
        folder = Path(sys.argv[1]) / str(width)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files(width).items():
            (folder / name).write_bytes(content)
        print(f"{len(files(width))} files in {folder}")


if __name__ == "__main__":
    main()
