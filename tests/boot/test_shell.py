"""The shell: what a person types and what they see, on the serial line and on the screen."""

import re

import pytest

from harness import BUILD
from harness.machine import PROMPT

UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"
HOME, END, DELETE = "\x1b[H", "\x1b[F", "\x1b[3~"


@pytest.fixture(scope="module")
def shared_machine(shared_boot):
    """For cases of one line."""
    return shared_boot()


def control(letter):
    return chr(ord(letter) - ord("A") + 1)


# The line


def test_prompt_and_echo_are_what_was_typed(boot):
    machine = boot()
    machine.send("echo  what I type")
    machine.expect("echo  what I type")
    assert machine.console.before == ""
    assert machine.drain(0.2) == "", "nothing runs before enter"
    machine.send("\r")
    machine.expect(r"\r\n")
    machine.expect(PROMPT)
    assert machine.console.before == "what I type\r"


def test_empty_lines_run_nothing(boot):
    machine = boot()
    for line in "", "   ", ";", " ; ;", "# a comment":
        assert machine.run(line) == ""
    assert machine.last_status() == 0


EDITS = {
    "backspace": ("echo abX\x7fc", "abc"),
    "control-H": ("echo abX\bc", "abc"),
    "left": (f"echo ac{LEFT}b", "abc"),
    "control-B": (f"echo ac{control('B')}b", "abc"),
    "right, control-F": (f"echo ab{LEFT}{LEFT}{RIGHT}{control('F')}c", "abc"),
    "home": (f"cho abc{HOME}e", "abc"),
    "control-A, end": (f"cho abc{control('A')}e{END} d", "abc d"),
    "control-E": (f"cho abc{HOME}e{control('E')} d", "abc d"),
    "delete": (f"echo abXc{LEFT}{LEFT}{DELETE}", "abc"),
    "control-D": (f"echo abXc{LEFT}{LEFT}{control('D')}", "abc"),
    "control-W": (f"echo abc def{control('W')}ghi", "abc ghi"),
    "control-U": (f"junk{control('U')}echo abc", "abc"),
    "control-K": (f"echo abc junk{LEFT * 5}{control('K')}", "abc"),
    "beyond both ends": (f"Xcho abc{RIGHT}{LEFT * 20}{DELETE}e", "abc"),
    "unknown keys": ("echo abc\x1b[99~\x1b[5~", "abc"),
    "escape alone": ("echo a\x1bb\x1bc", "abc"),
}


@pytest.mark.parametrize("key", EDITS)
def test_editing_key_changes_the_line(machine, key):
    typed, line = EDITS[key]
    assert machine.run(typed) == f"{line}\n"


def test_control_c_gives_the_line_up(boot):
    machine = boot()
    assert machine.status("no-such-command") == 127
    machine.send(f"echo not this{control('C')}")
    machine.expect(r"\^C\r\n")
    machine.expect(PROMPT)
    assert machine.console.before == ""
    assert machine.run("echo this") == "this\n"
    assert "not this" not in machine.run("history")


def test_control_l_clears_the_screen_and_keeps_the_line(boot):
    machine = boot()
    machine.send(f"echo kept{control('L')}")
    machine.expect(r"\x1b\[H\x1b\[Jmortise> echo kept")
    assert machine.run("!") == "kept!\n"


def test_line_is_as_long_as_the_manual_says(boot):
    machine = boot()
    machine.send("echo " + "x" * 300)
    machine.expect("\a")
    machine.drain(0.3)
    assert machine.run("") == "x" * 250 + "\n"
    assert machine.run("echo " + "y" * 200) == "y" * 200 + "\n"


def test_much_typed_at_once_is_not_lost(boot):
    machine = boot()
    machine.send("".join(f"echo number {i}\r" for i in range(40)))
    for i in range(40):
        machine.expect(rf"\r\nnumber {i}\r\n")


# History


def test_history_brings_lines_back(boot):
    machine = boot()
    for word in "one", "two", "three":
        machine.run(f"echo {word}")
    assert machine.run(UP) == "three\n"
    assert machine.run(UP * 3) == "one\n"
    assert machine.run(control("P") * 3 + control("N")) == "three\n"
    assert machine.run(f"{UP}{UP}!") == "one!\n"
    assert machine.run(f"echo unfin{UP}{UP}{DOWN}{DOWN}ished") == "unfinished\n"


def test_history_lists_lines_once_and_the_last_32(boot):
    machine = boot()
    machine.run("echo a")
    machine.run("echo a")
    machine.run("  ")
    assert machine.run("history") == "echo a\nhistory\n"
    for i in range(40):
        machine.run(f"echo {i}")
    lines = machine.run("history").splitlines()
    assert lines == [f"echo {i}" for i in range(9, 40)] + ["history"]


# Completion


@pytest.mark.parametrize("typed, line", [
    ("ec\thi", "echo hi"),
    ("echo /us\t", "echo /usr/"),
    ("echo /u\tl\te\t", "echo /usr/lib/ext/"),
    ("echo /usr/lib/ext/he\tx", "echo /usr/lib/ext/hello.a x"),
    ("echo a; ec\tb", "echo a; echo b"),
    ("echo /no-such/\t", "echo /no-such/"),
    ("echo '/us\tlib'", "echo '/usr/lib'"),
    ("echo /etc/mo\t", "echo /etc/motd "),
])
def test_tab_completes_what_has_one_meaning(machine, typed, line):
    machine.run(typed)
    assert machine.run("history").splitlines()[-2:] == [line, "history"]


def test_tab_lists_the_choices_when_there_are_several(boot):
    machine = boot()
    machine.send("cat /usr/lib/ext/f\t")
    machine.expect(r"\r\n([^\r]+)\r\nmortise> cat /usr/lib/ext/f$")
    assert machine.console.match[1].split() == ["fmt.a", "fortune.a"]
    machine.send("\x15k\t")
    machine.expect(r"\r\n([^\r]+)\r\nmortise> k$")
    choices = machine.console.match[1].split()
    assert {"kconfig", "kload", "kquery", "kunload"} <= set(choices) and choices == sorted(choices)
    machine.send("un\t")
    machine.expect("unload $")
    machine.send("\x15zz\t")
    machine.expect("zz\a")


def test_tab_quotes_what_the_shell_would_split(boot, initrd_with):
    machine = boot(initrd=initrd_with({"/odd/my file;x": b"mine\n"}))
    assert machine.run("cat /odd/m\t") == "mine\n"


# The grammar


GRAMMAR = [
    ("echo a; echo b;echo c", "a\nb\nc\n"),
    ("echo 'a;  b'", "a;  b\n"),
    ('echo "a  b" \'c "d"\' e\\ f', 'a  b c "d" e f\n'),
    ('echo "say \\"$?\\""', 'say "0"\n'),
    ("echo '$?' \\$? \"\\$?\"", "$? $? $?\n"),
    ("echo ab'cd'\"ef\"", "abcdef\n"),
    ("echo '' \"\" x", "  x\n"),
    ("echo a   b  # c", "a b\n"),
    ("echo a#b", "a#b\n"),
    ("no-such-command; echo $?", "no-such-command: no such command: see help\n127\n"),
    ("kload; echo $?; echo $?", "kload: usage: kload [-s] [-L LIBPATH] [--fail-at N] PATH\n2\n0\n"),
]


def test_line_is_read_by_the_grammar(boot):
    machine = boot()
    for line, output in GRAMMAR:
        assert machine.run("echo") == "\n", "so that $? is 0"
        assert machine.run(line) == output, line
    assert machine.run("kunload 7; echo $?").endswith("\n1\n")


@pytest.mark.parametrize("line, why", [
    ("echo ran; echo 'open", "the quote is not closed"),
    ('echo ran; echo "open', "the quote is not closed"),
    ("echo ran; echo x\\", "nothing follows the backslash"),
    ("echo ran; echo " + "w " * 32, "the command has too many words"),
])
def test_mistake_in_a_line_runs_none_of_it(machine, line, why):
    said = machine.run(line)
    assert said.startswith("shell: ") and said.endswith(f": {why}\n")
    assert "\nran\n" not in said
    assert machine.last_status() == 2


# Commands

COMMANDS = {
    "help": "help [COMMAND]", "ls": "ls [PATH]", "cat": "cat PATH...", "echo": "echo [WORD]...",
    "dmesg": "dmesg [COUNT]", "mem": "mem", "pagecheck": "pagecheck", "syms": "syms [PATTERN]",
    "kload": "kload [-s] [-L LIBPATH] [--fail-at N] PATH", "kunload": "kunload KMID", "kquery": "kquery PATH",
    "genkex": "genkex [-d]", "modstate": "modstate", "kconfig": "kconfig KMID CMD [DATA]",
    "slibclean": "slibclean", "why": "why KMID", "binds": "binds SYMBOL",
    "ktry": "ktry PATH...", "plan": "plan [-s] [-L LIBPATH] [--fail-at N] PATH", "panic": "panic [TEXT]", "reboot": "reboot",
    "poweroff": "poweroff [STATUS]"}


def test_help_lists_every_command(boot):
    listed = [re.split(r"  +", line, 1) for line in boot().run("help").splitlines()]
    usages = {usage.split()[0]: usage for usage, summary in listed if summary}
    assert COMMANDS.items() <= usages.items()
    assert list(usages) == sorted(usages)


def test_help_tells_usage_and_purpose_of_each_command(boot):
    machine = boot()
    for name, usage in COMMANDS.items():
        first, *rest = machine.run(f"help {name}").splitlines()
        assert first == f"usage: {usage}"
        assert rest and rest[0]
    said = machine.run("help nothing; echo $?")
    assert said == "help: nothing: no such command\n1\n"


def test_ls_and_cat_show_the_tree(boot):
    machine = boot()
    assert [line.split()[1] for line in machine.run("ls").splitlines()] == ["etc/", "usr/"]
    assert machine.run("ls /") == machine.run("ls")
    assert re.findall(r"(\d+|-)  (\S+)", machine.run("ls /usr/lib")) == [
        ("-", "ext/"), (re.search(r"(\d+)  kernex", machine.run("ls /usr/lib"))[1], "kernex.imp")]
    extensions = [line.split()[1] for line in machine.run("ls /usr/lib/ext").splitlines()]
    assert {"fmt.a", "fortune.a", "hello.a"} <= set(extensions) and extensions == sorted(extensions)
    motd = machine.run("cat /etc/motd")
    assert "Mortise" in motd
    assert machine.run("ls /etc/motd").split() == [str(len(motd)), "/etc/motd"] or \
        machine.run("ls /etc/motd").split() == [str(len(motd)), "motd"]


@pytest.mark.parametrize("command, said", [
    ("ls /no", "ls: /no: no such file\n"), ("cat /no", "cat: /no: no such file\n"),
    ("cat /etc", "cat: /etc: is a directory\n"), ("ls etc", "ls: etc: no such file\n"),
])
def test_missing_file_is_told_by_name(machine, command, said):
    assert machine.run(command) == said
    assert machine.last_status() == 1


def test_cat_goes_on_after_a_missing_file(boot):
    machine = boot()
    said = machine.run("cat /no /etc/motd; echo $?")
    assert said.startswith("cat: /no: no such file\n") and "Mortise" in said
    assert said.endswith("\n1\n")


def test_dmesg_shows_the_log_or_its_end(boot):
    machine = boot(append="some=thing")
    machine.run("kload /usr/lib/ext/hello.a")
    lines = machine.run("dmesg").splitlines()
    assert all(re.match(r"\[ *\d+\.\d{6}\] ", line) for line in lines)
    assert any(line.endswith("boot: command line: panic=exit some=thing") for line in lines)
    assert lines[-1].endswith("hello: loaded")
    times = [float(line[1:].split("]")[0]) for line in lines]
    assert times == sorted(times) and times[-1] > 0
    assert machine.run("dmesg 1").splitlines() == lines[-1:]
    assert machine.run("dmesg 0") == ""
    assert machine.run("dmesg 1000").splitlines() == lines


def test_log_level_says_what_the_console_shows(boot):
    quiet = boot(append="loglevel=1")
    assert "hello: loaded" not in quiet.run("kload /usr/lib/ext/hello.a")
    assert "hello: loaded" in quiet.run("dmesg")
    talkative = boot(append="loglevel=4")
    assert "boot: command line:" in talkative.greeting
    assert "loglevel=9: not a level" in boot(append="loglevel=9").greeting


def test_mem_shows_what_extensions_take(boot):
    machine = boot()

    def used():
        return int(re.search(r"^extensions +(\d+) pages mapped$", machine.run("mem"), re.M)[1])

    assert used() == 0
    machine.run("kload /usr/lib/ext/fmt.a")
    assert used() == 2
    machine.run("kunload 1")
    assert used() == 0


def test_reboot_resets_the_machine(boot):
    machine = boot()
    assert machine.qmp("query-status")["running"]
    machine.send("reboot\r")
    machine.wait_exit()
    assert '"guest-reset"' in machine.qmp_file.read()
    assert "Triple fault" not in machine.qemu_log.read_text()


# Scripts


def run_script(boot, initrd=None, **options):
    """Boots a machine whose script ends with `echo the end`; returns what was said until then."""
    machine = boot(wait=False, initrd=initrd, **options)
    machine.expect(r"\r\nthe end\r\n", timeout=90)
    return machine, machine.console.before.replace("\r\n", "\n") + "\n"


def test_run_is_a_script_and_shows_its_commands(boot):
    machine, said = run_script(boot, append='run="echo one; ls /no; echo $?; echo the end"')
    assert said.endswith("mortise> echo one\none\nmortise> ls /no\nls: /no: no such file\n"
                         "mortise> echo $?\n1\nmortise> echo the end\n")
    machine.expect(r"mortise> ")
    assert machine.run("echo a person") == "a person\n"


def test_run_can_load_and_leave(boot):
    machine = boot(wait=False, append='run="kload /usr/lib/ext/hello.a; poweroff $?"')
    assert machine.wait_exit() == 33
    machine = boot(wait=False, append='run="kload /no; poweroff $?"')
    assert machine.wait_exit() == 65


def test_rc_is_a_file_of_commands(boot, initrd_with):
    script = initrd_with({"/my/rc": b"echo one\n# a comment\n\nkload /no\necho two; echo the end"})
    _, said = run_script(boot, script, append="rc=/my/rc")
    assert said.endswith("mortise> echo one\none\nmortise> kload /no\nkload: /no: no such file [E101]\n"
                         "  0509-022 cannot load module /no\n"
                         "  0509-026 system error: a part of the path does not exist\n"
                         "  try: see what there is with `ls`\nmortise> echo two\ntwo\n"
                         "mortise> echo the end\n")


def test_rc_of_the_image_runs_by_itself_and_before_run(boot, initrd_with):
    script = initrd_with({"/etc/rc": b"echo from rc\n"})
    _, said = run_script(boot, script, append='run="echo from run; echo the end"')
    assert said.index("\nfrom rc\n") < said.index("\nfrom run\n")


def test_rc_that_is_missing_is_told(boot):
    assert "shell: /no/rc: no such file" in boot(append="rc=/no/rc").greeting


def test_run_passes_through_the_boot_loader(boot):
    _, said = run_script(boot, via="iso-bios",
                         append='run="echo \'a; b\' $?; kload /usr/lib/ext/fmt.a; echo the end"')
    assert "\na; b 0\n" in said and "\nkmid 1\n" in said


# Keyboard and screen


@pytest.mark.parametrize("way", [{}, {"via": "iso-bios"}], ids=["text screen", "framebuffer"])
def test_keyboard_types_and_the_screen_shows_it(boot, way):
    machine = boot(**way)
    machine.screen(wanted="mortise>")
    machine.send_keys('echo Keys: /-=,. "(Aa)  ~!*X\b"\n')
    lines = machine.screen(wanted="Keys: /-=,. (Aa)  ~!*")
    machine.expect(r"\r\nKeys: /-=,\. \(Aa\)  ~!\*\r\n")
    assert 'mortise> echo Keys: /-=,. "(Aa)  ~!*"' in [line.rstrip() for line in lines]


def test_screen_and_serial_line_show_the_same(boot):
    machine = boot(via="iso-bios")
    machine.run("kload /usr/lib/ext/hello.a")
    machine.send_keys("kquery /usr/lib/ext/hello.a\n")
    machine.expect(r"kquery /usr/lib/ext/hello\.a\r\nkmid 1\r\n")
    lines = machine.screen(wanted="kmid 1")
    text = "\n".join(lines)
    assert "mortise> kload /usr/lib/ext/hello.a\n" in text
    assert "hello: loaded\nkmid 1\nmortise> kquery /usr/lib/ext/hello.a\nkmid 1\n" in text


def test_editing_keys_of_the_keyboard_work(boot):
    machine = boot()

    def press(*keys):
        machine.qmp("send-key", keys=[{"type": "qcode", "data": key} for key in keys])
        return machine.drain(0.1)

    machine.send_keys("echo first\n")
    machine.expect(r"\r\nfirst\r\n")
    for key in "up", "left", "left", "delete", "home", "right", "end", "ret":
        press(key)
    machine.screen(wanted="firt")
    press("up")
    assert "^C" in press("ctrl", "c")
    machine.send_keys("k\t")
    machine.expect("kquery")


def test_long_output_scrolls_the_screen(boot, initrd_with):
    text = "".join(f"row {i}\n" for i in range(100))
    machine = boot(initrd=initrd_with({"/long": text.encode()}))
    machine.run("cat /long")
    lines = machine.screen(wanted="row 99")
    rows = [line for line in lines if line.startswith("row ")]
    assert rows == [f"row {i}" for i in range(100 - len(rows), 100)] and len(rows) > 20
    assert [line for line in lines if line][-1] == "mortise>"
