"""One Bochs with Mortise in it: a second emulator, which forgives other things than QEMU does.

Driven like a Machine, by its serial console. What differs:

* It always starts from a CD by its own BIOS and GRUB. Bochs has no SMBIOS strings to choose with, so
  each machine gets a small ISO of its own that holds one entry of the real ISO's menu.
* The adapter is a plain VGA without VBE, so the kernel gets a text screen.
* A triple fault, and whatever Bochs itself calls a panic, ends it; the reason becomes the failure's.
* poweroff ends it by ACPI. There is no exit device, so the status of poweroff is not told.
* Time is counted in instructions: an idle machine runs through its seconds as fast as it can.
"""

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from pexpect import fdpexpect

from . import BUILD
from .machine import Machine

SHARE = Path("/usr/share/bochs")
NEEDED = {"bochs": "bochs", "bochs-term": "/usr/lib/*/bochs/plugins/libbx_term_gui.so",
          "bochsbios": SHARE / "BIOS-bochs-latest", "vgabios": SHARE / "VGABIOS-lgpl-latest",
          "grub-common": "grub-mkrescue", "grub-pc-bin": "/usr/lib/grub/i386-pc/boot.img"}
GRUB_MODULES = "normal multiboot multiboot2 iso9660 biosdisk"
PANIC = re.compile(r">>PANIC<< (.*)")
POWER_OFF = "ACPI control: soft power off"

# A CPU for each kernel: one with SMEP, SMAP and UMIP; one that has NX but no long mode.
CPUS = {"k64": "corei7_icelake_u", "k32": "core_duo_t2400_yonah"}

# Few instructions a second let the firmware's pauses, which are counted in seconds, pass quickly.
INSTRUCTIONS_PER_SECOND = 4_000_000
CPU_SECONDS = 120

CONFIGURATION = """\
plugin_ctrl: gameport=0, parallel=0, speaker=0, extfpuirq=0, iodebug=0
config_interface: textconfig
display_library: term
romimage: file={share}/BIOS-bochs-latest, options=fastboot
vgaromimage: file={share}/VGABIOS-lgpl-latest
vga: extension=none, realtime=0
cpu: model={cpu}, ips={ips}, reset_on_triple_fault=0
clock: sync=none, time0=1767225600
memory: guest={memory}, host={memory}
ata0-master: type=cdrom, path="{iso}", status=inserted
ata1: enabled=0
boot: cdrom
com1: enabled=1, mode=socket-client, dev=127.0.0.1:{port}
log: "{log}"
panic: action=fatal
error: action=report
info: action=report
debug: action=ignore
"""


def _insist_on_bochs():
    missing = [package for package, what in NEEDED.items()
               if not (shutil.which(what) if "/" not in str(what) else
                       any(Path("/").glob(str(what).lstrip("/"))))]
    if missing:
        pytest.fail("Bochs cannot run: `make test` installs the missing Debian packages, "
                    f"which are {' '.join(missing)}", pytrace=False)


def _entry_of_menu(entry):
    """The commands of a menu entry of the real ISO."""
    menu = (BUILD / "iso/boot/grub/grub.cfg").read_text()
    match = re.search(r"^menuentry [^{\n]*--id " + re.escape(entry) + r"\b[^{\n]*\{\n(.*?)^\}", menu,
                      re.MULTILINE | re.DOTALL)
    if not match:
        pytest.fail(f"GRUB's menu has no entry {entry}:\n{menu}", pytrace=False)
    return match[1]


def write_iso(path, entry="k64", arguments=""):
    """Writes a BIOS-only ISO that starts one entry of the real ISO's menu at once."""
    assert "'" not in arguments, "GRUB has no way to quote it"
    commands = _entry_of_menu(entry)
    root = path.with_suffix(".root")
    (root / "boot/grub").mkdir(parents=True)
    (root / "boot/grub/grub.cfg").write_text(f"set arguments='{arguments}'\n{commands}\nboot\n")
    for name in re.findall(r"\s(/boot/\S+)", commands):
        shutil.copy(BUILD / "iso" / name.lstrip("/"), root / "boot")
    done = subprocess.run(
        ["grub-mkrescue", "-d", "/usr/lib/grub/i386-pc", "--locales=", "--fonts=", "--themes=",
         f"--install-modules={GRUB_MODULES}", "-o", path, root],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return path


class BochsMachine(Machine):
    """
    log      the console's log; Bochs' own stands beside it
    folder   for what the machine needs while it runs
    entry    of GRUB's menu; append is the kernel's command line
    cpu      one that `bochs --help cpu` names, None for the one that fits the entry
    iso      a file to start instead, which chooses entry and arguments by itself
    """

    # pylint: disable=super-init-not-called # everything about the start differs
    def __init__(self, log, folder, append="", entry="k64", memory=64, cpu=None, iso=None):
        _insist_on_bochs()
        self.log_path = log
        self.bochs_log = log.with_suffix(".bochs")
        self.bochs_log.unlink(missing_ok=True)
        folder.mkdir()
        if "panic=" not in append:
            append = f"panic=halt {append}".strip()
        iso = iso or write_iso(folder / "bochs.iso", entry, append)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            (folder / "bochsrc").write_text(CONFIGURATION.format(
                share=SHARE, cpu=cpu or CPUS[entry[:3]], ips=INSTRUCTIONS_PER_SECOND, memory=memory,
                iso=iso, port=listener.getsockname()[1], log=self.bochs_log))
            self._start(folder)
            self.console_socket = self._accept(listener)
        self.console = fdpexpect.fdspawn(self.console_socket.fileno(), timeout=90, encoding="utf-8",
                                         codec_errors="replace")
        self.console.logfile_read = open(log, "w", encoding="utf-8")

    def _start(self, folder):
        # Debian's Bochs waits for its debugger's command to go on. Since it never sleeps, a limit of
        # CPU time ends it even when the tests were killed.
        (folder / "go").write_text("continue\n")
        command = ["prlimit", f"--cpu={CPU_SECONDS}", "bochs", "-q", "-f", folder / "bochsrc",
                   "-rc", folder / "go"]
        with open(folder / "said", "wb") as said:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=said, env={**os.environ, "TERM": "vt100"})
        self.said_path = folder / "said"

    def _accept(self, listener):
        """Bochs' end of the serial line, which it connects before the machine starts."""
        listener.settimeout(0.2)
        for _ in range(100):
            try:
                return listener.accept()[0]
            except TimeoutError:
                if self.process.poll() is not None:
                    break
        self.process.kill()
        self.process.wait()
        said = self.said_path.read_text(errors="replace")
        return pytest.fail(f"Bochs did not start: {said}", pytrace=False)

    def end_reason(self):
        """Why Bochs says that it ended, "" when it does not say."""
        found = PANIC.findall(self.bochs_log.read_text(errors="replace"))
        return found[-1] if found else ""

    def _fail(self, why):
        reason = self.end_reason()
        super()._fail(f"{why}; Bochs says: {reason}" if reason else why)

    def poweroff(self, status=None):
        """Types poweroff and checks that Bochs ends for that reason."""
        self.send("poweroff\r" if status is None else f"poweroff {status}\r")
        self.wait_exit()
        assert self.end_reason() == POWER_OFF

    def close(self):
        # It catches the gentler signals and lives on.
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.drain(0.05)
        self.console.logfile_read.close()
        self.console_socket.close()
