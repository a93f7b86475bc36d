"""One QEMU with Mortise in it, driven as a person would: by its serial console, keys and screen.

The console and QMP are sockets handed to QEMU at its start: nothing printed early is lost, no port is
taken and the bytes are the kernel's own. Every wait also waits for a panic and for the machine's end.
"""

import json
import re
import socket
import subprocess
import time

import pexpect
import pytest
from pexpect import fdpexpect

from . import BUILD
from .screen import screen_text

PROMPT = r"(?:\A|\n)mortise> "
PANIC = r"panic: [^\r\n]*"
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

# The exit device makes (value << 1) | 1 of what the kernel writes. 0 is a reset or a triple fault.
EXIT_GOOD = 33
EXIT_BAD = 65

# The console's end; it is a reset when the machine left something unread that was typed.
ENDED = (pexpect.EOF, ConnectionResetError)

OVMF = "/usr/share/OVMF/"
KEYS = {" ": "spc", "\n": "ret", "\t": "tab", "\b": "backspace", "-": "minus", "=": "equal",
        ";": "semicolon", "'": "apostrophe", ",": "comma", ".": "dot", "/": "slash",
        "\\": "backslash", "`": "grave_accent", "[": "bracket_left", "]": "bracket_right"}
SHIFTED = dict(zip('!@#$%^&*()_+:"<>?|~{}', "1234567890-=;',./\\`[]"))


# QEMU's program for 64-bit CPUs has the 32-bit ones too.
QEMU = "qemu-system-x86_64"


def kernel_file(arch, toolchain="gcc", kind="qemu"):
    return BUILD / f"{arch.name}-{toolchain}" / f"kernel.{kind}"


class Machine:
    def __init__(self, log, arch, append="", initrd=None, memory=128, via="kernel", toolchain="gcc",
                 entry=None, extra=(), qemu=QEMU):
        self.arch = arch
        self.log_path = log
        self.qemu_log = log.with_suffix(".qemu")
        if "panic=" not in append:
            append = f"panic=exit {append}".strip()
        console, console_theirs = socket.socketpair()
        self.qmp_socket, qmp_theirs = socket.socketpair()
        command = [
            qemu, "-accel", "tcg", "-nodefaults", "-display", "none",
            *(["-M", "microvm", "-bios", "qboot.rom"] if via == "microvm" else ["-vga", "std"]),
            "-m", str(memory), "-no-reboot", "-d", "cpu_reset", "-D", str(self.qemu_log),
            "-chardev", f"socket,id=console,fd={console_theirs.fileno()}",
            "-serial", "chardev:console",
            "-chardev", f"socket,id=qmp,fd={qmp_theirs.fileno()}",
            "-mon", "chardev=qmp,mode=control",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04",
            *self._boot_options(via, kernel_file(arch, toolchain), append, initrd, entry), *extra]
        assert via in ("kernel", "microvm") or (initrd is None and toolchain == "gcc"), \
            "the ISO has its own kernel and initrd"
        fds = (console_theirs.fileno(), qmp_theirs.fileno())
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=fds,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        console_theirs.close()
        qmp_theirs.close()
        self.console_socket = console
        self.qmp_file = None
        timeout = 90 if via == "iso-uefi" else 30
        self.console = fdpexpect.fdspawn(console.fileno(), timeout=timeout, encoding="utf-8",
                                         codec_errors="replace")
        self.console.logfile_read = open(log, "w", encoding="utf-8")

    @staticmethod
    def _boot_options(via, kernel, append, initrd, entry):
        if via in ("kernel", "microvm"):
            options = ["-kernel", str(kernel), "-append", append]
            if initrd is not False:
                options += ["-initrd", str(initrd or BUILD / "initrd.tar")]
            return options
        assert via in ("iso-bios", "iso-uefi"), f"via={via!r}"
        options = ["-cdrom", str(BUILD / "mortise.iso")]
        if entry is not None:
            options += ["-smbios", f"type=1,serial={entry},family=" + append.replace(",", ",,")]
        if via == "iso-uefi":
            options += ["-drive", f"if=pflash,format=raw,readonly=on,file={OVMF}OVMF_CODE_4M.fd",
                        "-drive", f"if=pflash,format=raw,snapshot=on,file={OVMF}OVMF_VARS_4M.fd"]
        return options

    # Talking to the console ----------------------------------------------------------------------

    def send(self, text):
        """Types on the serial line; "\\r" is the enter key."""
        self.console.send(text)

    def expect(self, pattern, timeout=-1, bad=(PANIC,)):
        """Waits for a regular expression, fails on one of `bad`, returns the match."""
        try:
            which = self.console.expect([pattern, *bad], timeout=timeout)
        except ENDED:
            self._fail(f"the machine ended (QEMU's status {self._reap()}) before {pattern!r}")
        except pexpect.TIMEOUT:
            self._fail(f"nothing matched {pattern!r} in time")
        if which != 0:
            seen = self.console.after
            self.drain()
            self._fail(f"the kernel said {seen!r} while {pattern!r} was awaited")
        return self.console.match

    def run(self, command, timeout=-1):
        """Runs a shell command at the prompt; returns what it printed, without echo and prompt."""
        self.send(command + "\r")
        self.expect("\r\n", timeout=timeout)
        self.expect(PROMPT, timeout=timeout)
        return self._text(self.console.before)

    def status(self, command, timeout=-1):
        """Runs a command and returns the shell's $? after it."""
        self.run(command, timeout)
        return self.last_status()

    def last_status(self):
        return int(self.run("echo $?"))

    def modstate(self):
        """The loader's state in one line."""
        return self.run("modstate").strip()

    def drain(self, seconds=1.0):
        """Reads what still comes, until the machine ends or is silent; returns it."""
        text = ""
        try:
            while True:
                self.console.expect(".+", timeout=seconds)
                text += self.console.after
        except (*ENDED, pexpect.TIMEOUT):
            return self._text(text)

    def _text(self, raw):
        text = ESCAPES.sub("", raw).replace("\r\n", "\n")
        return text if not text or text.endswith("\n") else text.rstrip("\r") + "\n"

    def _fail(self, why):
        pytest.fail(f"{why}; the console's log is {self.log_path}", pytrace=True)

    # The end -------------------------------------------------------------------------------------

    def wait_exit(self, timeout=30):
        """Waits for QEMU's own end; returns its exit status."""
        limit = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < limit:
            self.drain(0.05)
        if self.process.poll() is None:
            self._fail("the machine did not end in time")
        return self.process.returncode

    def _reap(self):
        try:
            return self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "none yet"

    def poweroff(self, status=None):
        """Types poweroff [status] and checks that QEMU's exit status tells the same."""
        self.send("poweroff\r" if status is None else f"poweroff {status}\r")
        code = self.wait_exit()
        assert code == (EXIT_BAD if status else EXIT_GOOD), f"QEMU's status is {code}"

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.drain(0.05)
        errors = self.process.stderr.read().decode(errors="replace")
        self.process.stderr.close()
        if errors:
            self.console.logfile_read.write(f"\n--- QEMU said:\n{errors}")
        self.console.logfile_read.close()
        self.console_socket.close()
        self.qmp_socket.close()

    # Keys and screen -----------------------------------------------------------------------------

    def qmp(self, name, **arguments):
        """Runs a QMP command and returns its answer."""
        if self.qmp_file is None:
            self.qmp_socket.settimeout(30)
            self.qmp_file = self.qmp_socket.makefile("rw")
            self.qmp_file.readline()
            self.qmp("qmp_capabilities")
        self.qmp_file.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.qmp_file.flush()
        while True:
            answer = json.loads(self.qmp_file.readline())
            assert "error" not in answer, f"QMP {name}: {answer['error']}"
            if "return" in answer:
                return answer["return"]

    def send_keys(self, text):
        """Types on the PS/2 keyboard; slowly, since QEMU forgets keys when its queue is full."""
        for character in text:
            shift = character in SHIFTED or character.isupper()
            plain = SHIFTED.get(character, character.lower())
            code = KEYS.get(plain, plain)
            keys = [{"type": "qcode", "data": k} for k in (["shift"] if shift else []) + [code]]
            self.qmp("send-key", keys=keys, **{"hold-time": 10})
            time.sleep(0.03)

    def screenshot(self, path):
        self.qmp("screendump", filename=str(path))
        return path

    def screen(self, wanted=None, timeout=10):
        """The screen's lines, read by the kernel's own font; with `wanted`, once a line has it."""
        limit = time.monotonic() + timeout
        while True:
            lines = self._screen_now()
            if wanted is None or any(wanted in line for line in lines):
                return lines
            if time.monotonic() > limit:
                self._fail(f"the screen never showed {wanted!r}:\n" + "\n".join(lines))
            time.sleep(0.1)

    def _screen_now(self):
        picture = self.screenshot(self.log_path.with_suffix(".ppm"))
        if picture.read_bytes()[:20].split(b"\n")[1] != b"720 400":
            return screen_text(picture, BUILD / "font.psf")
        # VGA text mode: its memory holds the characters themselves.
        cells = self.log_path.with_suffix(".cells")
        self.qmp("pmemsave", val=0xB8000, size=4000, filename=str(cells))
        text = cells.read_bytes()[::2].decode("cp437")
        return [text[i:i + 80].rstrip(" \0") for i in range(0, 2000, 80)]
