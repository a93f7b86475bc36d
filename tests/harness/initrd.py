"""initrds made of the built one and files of a test's own."""

import io
import tarfile

from . import BUILD


def read_initrd(path=BUILD / "initrd.tar"):
    """The files of an initrd: path without a leading slash to bytes."""
    with tarfile.open(path) as tar:
        return {m.name: tar.extractfile(m).read() for m in tar if m.isfile()}


def write_initrd(path, files):
    """Writes a ustar archive with `files` and the folders that they need, sorted by name."""
    folders = {"/".join(name.split("/")[:depth]) + "/"
               for name in files for depth in range(1, name.count("/") + 1)}
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(folders | set(files)):
            member = tarfile.TarInfo(name.rstrip("/"))
            if name.endswith("/"):
                member.type, member.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(member)
            else:
                member.mode, member.size = 0o644, len(files[name])
                tar.addfile(member, io.BytesIO(files[name]))
    return path


def initrd_with(path, changes):
    """
    Writes the built initrd with `changes` to `path`: names to bytes, or to None for a file that
    is to go. Names may begin with a slash.
    """
    files = read_initrd()
    for name, content in changes.items():
        name = name.lstrip("/")
        if content is None:
            files.pop(name)
        else:
            files[name] = content
    return write_initrd(path, files)
