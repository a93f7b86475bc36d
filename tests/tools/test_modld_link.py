"""modld as a link editor: entry point, search path, libraries, and shared modules as dependents."""

import shutil
import subprocess

import pytest

from harness.modld import MODLD, Workshop

CALLER = "int helper(int); int used(int x) { return helper(x); }"
HELPER = "int helper(int x) { return x; }"


@pytest.fixture(params=[64, 32], ids=["64", "32"])
def workshop(request, tmp_path):
    return Workshop(tmp_path, request.param)


@pytest.fixture
def workshop_64(tmp_path):
    return Workshop(tmp_path, 64)


def other_width(workshop):
    return 96 - workshop.width


def lines_of(said):
    return [line.removeprefix("modld: ") for line in said.splitlines()]


# What is recorded of the whole


def test_without_options_nothing_is_recorded_of_the_whole(workshop):
    workshop.compile("a", HELPER)
    assert workshop.link("a.o").strings(".mod.link") == []


def test_entry_point_need_not_be_exported(workshop):
    workshop.compile("a", "int config(int c, void *u) { return c + (u != 0); }")
    extension = workshop.link("-e", "config", "a.o")
    assert extension.link_facts() == {"entry": "config"}
    assert extension.exports() == []
    assert workshop.link("-econfig", "a.o").link_facts() == {"entry": "config"}


def test_entry_point_in_assembler_needs_no_type(workshop):
    workshop.compile("a", 'asm(".globl config, datum\\n"\n'
                          '    ".text\\nconfig: ret\\n.data\\ndatum: .long 1");')
    assert workshop.link("-e", "config", "a.o").link_facts() == {"entry": "config"}
    assert lines_of(workshop.refuse("-e", "datum", "a.o")) == ["-e datum: is no function"]


@pytest.mark.parametrize("name, said", [
    ("confg", "-e confg: no input defines it; nearest: config"),
    ("datum", "-e datum: is no function"),
    ("hidden", "-e hidden: is static in a.o; make it global"),
    ("helper", "-e helper: is only used here (in a.o), not defined; the entry point stands in the "
               "extension itself"),
])
def test_entry_point_must_be_a_global_function_of_the_result(workshop, name, said):
    workshop.compile("a", "int helper(int); int datum; static int hidden(void) { return 1; }\n"
                          "int (*pointer)(void) = hidden; int config(int x) { return helper(x); }")
    workshop.write("k.imp", "#!/unix\nhelper\n")
    assert lines_of(workshop.refuse("-e", name, "-bI:k.imp", "a.o")) == [said]


def test_libpath_is_recorded_as_given(workshop):
    workshop.compile("a", HELPER)
    longest = "/" + 254 * "x"
    for dirs in "/usr/lib/ext:/lib", ".", longest:
        assert workshop.link(f"-blibpath:{dirs}", "a.o").link_facts() == {"libpath": dirs}


@pytest.mark.parametrize("dirs, said", [
    ("", "-blibpath:: no such option, or its value is missing"),
    (":", "-blibpath::: folder 1 is empty"),
    ("/a:", "-blibpath:/a:: folder 2 is empty"),
    (":/a", "-blibpath::/a: folder 1 is empty"),
    ("/a::/b", "-blibpath:/a::/b: folder 2 is empty"),
    ("/a:" + 256 * "x", "has 256 bytes; at most 255 are possible"),
])
def test_libpath_with_an_empty_or_overlong_part_is_refused(workshop_64, dirs, said):
    workshop_64.compile("a", HELPER)
    result = workshop_64.modld("-o", "out.o", f"-blibpath:{dirs}", "a.o")
    assert result.returncode == 2 and said in result.stderr
    assert not (workshop_64.folder / "out.o").exists()


def test_type_of_a_shared_module_is_recorded(workshop):
    workshop.compile("a", HELPER)
    assert workshop.link("-bM:SRE", "a.o").link_facts() == {"type": "SRE"}


def test_other_types_of_module_are_refused(workshop_64):
    result = workshop_64.modld("-o", "out.o", "-bM:RO", "a.o")
    assert result.returncode == 2
    assert "-bM:RO: no such type of module; a shared one is SRE" in result.stderr


# Export and import files


def test_one_file_serves_as_export_and_import_file(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("b", HELPER)
    workshop.write("both.exp", "#! b.o\nhelper")
    extension = workshop.link("-bE:both.exp", "-bI:both.exp", "b.o")
    assert (extension.exports(), extension.imports()) == ([("helper", 0)], {})
    assert workshop.link("-bI:both.exp", "a.o").imports() == {"helper": "b.o"}


def test_the_last_line_needs_no_newline(workshop):
    workshop.compile("a", CALLER)
    workshop.write("a.exp", "used")
    workshop.write("k.imp", "#!/unix\nhelper")
    extension = workshop.link("-bE:a.exp", "-bI:k.imp", "a.o")
    assert extension.exports() == [("used", 0)]
    assert extension.imports() == {"helper": "/unix"}


@pytest.mark.parametrize("line, widths", [
    ("# 32", [32]), ("# 64", [64]), ("# no32", [64]), ("# no64", [32]), ("# 128", [32, 64])])
def test_mode_lines_say_where_an_import_counts(workshop, line, widths):
    workshop.compile("a", CALLER)
    workshop.write("k.imp", f"#!/unix\n{line}\nhelper\n")
    if workshop.width in widths:
        assert workshop.link("-bI:k.imp", "a.o").imports() == {"helper": "/unix"}
    else:
        assert "a.o: helper: no input defines it" in workshop.refuse("-bI:k.imp", "a.o")


@pytest.mark.parametrize("line, said", [
    ("#! (m.o)", "a member needs the path of its archive"),
    ("#! x.a(m.o", "the closing bracket of `path(member)` is missing"),
    ("#! .", "is the main program of a process"),
    ("#!", "no #! line above it says which file it comes from"),
])
def test_origins_that_mean_nothing_here_are_refused_with_file_and_line(workshop_64, line, said):
    workshop_64.compile("a", CALLER)
    workshop_64.write("k.imp", f"#!/unix\nother\n{line}\nhelper\n")
    told = workshop_64.refuse("-bI:k.imp", "a.o")
    assert f"modld: k.imp:{4 if line == '#!' else 3}: " in told and said in told


@pytest.mark.parametrize("path, member", [(255, 63), (256, 1), (1, 64)])
def test_names_of_files_have_the_length_that_the_kernel_takes(workshop_64, path, member):
    workshop_64.compile("a", CALLER)
    name = f"{path * 'p'}({member * 'm'})"
    workshop_64.write("k.imp", f"#! {name}\n\nhelper\nother\n")
    if (path, member) == (255, 63):
        assert workshop_64.link("-bI:k.imp", "a.o").imports() == {"helper": name}
    else:
        assert lines_of(workshop_64.refuse("-bI:k.imp", "a.o")) == [
            "k.imp:3: helper: comes from a file whose name is too long; a path has at most 255 "
            "bytes and a member 63"]


# Archives of objects


def test_members_are_linked_in_only_where_they_are_wanted(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("helper", "int deep(int); int helper(int x) { return deep(x); }")
    workshop.compile("deep", "int deep(int x) { return x; }")
    workshop.compile("spare", "int spare(void) { return 1; }")
    workshop.archive("lib.a", "deep.o", "spare.o", "helper.o")
    extension = workshop.link("lib.a", "a.o")
    names = {symbol.name for symbol in extension.symbols.iter_symbols()}
    assert {"used", "helper", "deep"} <= names and "spare" not in names
    assert extension.imports() == {}


def test_members_of_the_other_mode_and_other_files_are_skipped(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("wrong", HELPER, width=other_width(workshop))
    workshop.write("README", "#! nothing to link\n")
    workshop.compile("right", HELPER)
    workshop.archive("lib.a", "README", "wrong.o", "right.o")
    assert workshop.link("a.o", "lib.a").imports() == {}


def test_archives_may_need_each_other_in_any_order(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("one", "int deep(int); int helper(int x) { return deep(x); }\nint last = 1;")
    workshop.compile("two", "extern int last; int deep(int x) { return x + last; }")
    workshop.archive("one.a", "one.o")
    workshop.archive("two.a", "two.o")
    for inputs in (["one.a", "two.a", "a.o"], ["a.o", "two.a", "one.a"]):
        assert workshop.link(*inputs).imports() == {}


def test_of_two_members_the_first_is_taken(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("first", HELPER + "int first;")
    workshop.compile("second", HELPER + "int second;")
    workshop.archive("1.a", "first.o")
    workshop.archive("2.a", "second.o")
    names = [s.name for s in workshop.link("a.o", "1.a", "2.a").symbols.iter_symbols()]
    assert "first" in names and "second" not in names


def test_exports_and_the_entry_point_are_looked_for_in_archives(workshop):
    workshop.compile("a", "int a;")
    workshop.compile("config", "int config(void) { return 1; }")
    workshop.compile("helper", HELPER)
    workshop.archive("lib.a", "config.o", "helper.o")
    workshop.write("a.exp", "helper\n")
    extension = workshop.link("-bE:a.exp", "-e", "config", "a.o", "lib.a")
    assert extension.exports() == [("helper", 0)]
    assert extension.link_facts() == {"entry": "config"}


def test_weak_references_pull_nothing_in(workshop):
    workshop.compile("a", "extern int helper(int) __attribute__((weak));"
                          "int used(void) { return helper ? helper(1) : 0; }")
    workshop.compile("helper", HELPER)
    workshop.archive("lib.a", "helper.o")
    names = [s.name for s in workshop.link("a.o", "lib.a").symbols.iter_symbols()
             if s["st_shndx"] != "SHN_UNDEF"]
    assert "used" in names and "helper" not in names


def test_common_symbols_of_objects_and_members(workshop):
    workshop.compile("a", "int shared_room[4]; extern int own[2];"
                          "int *used(void) { return &own[shared_room[0]]; }", "-fcommon")
    workshop.compile("m", "int shared_room[4]; int own[2];", "-fcommon")
    workshop.archive("lib.a", "m.o")
    extension = workshop.link("a.o", "lib.a")
    room, = extension.symbols.get_symbol_by_name("shared_room")
    own, = extension.symbols.get_symbol_by_name("own")
    assert isinstance(room["st_shndx"], int) and isinstance(own["st_shndx"], int)


def test_linked_in_code_wins_over_what_the_kernel_has(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("helper", HELPER)
    workshop.archive("lib.a", "helper.o")
    workshop.write("k.imp", "#!/unix\nhelper\n")
    assert workshop.link("-bI:k.imp", "a.o", "lib.a").imports() == {}


def test_mistakes_in_members_are_told_with_archive_and_member(workshop):
    workshop.compile("a", CALLER)
    workshop.compile("helper", "int prinkt(int); int helper(int x) { return prinkt(x); }")
    workshop.archive("lib.a", "helper.o")
    workshop.write("k.imp", "#!/unix\nprintk\n")
    assert "modld: lib.a(helper.o): prinkt: no input defines it and no import file lists it; " \
        "nearest: printk\n" in workshop.refuse("-bI:k.imp", "a.o", "lib.a")


def test_the_linkers_messages_show_the_member(workshop):
    workshop.compile("a", CALLER + "int twice;")
    workshop.compile("helper", HELPER + "int twice = 1;", "-fno-common")
    workshop.archive("lib.a", "helper.o")
    said = workshop.refuse("a.o", "lib.a")
    assert "multiple definition of `twice'" in said and "lib.a(helper.o)" in said


def test_damaged_archives_are_refused(workshop_64):
    workshop_64.compile("a", CALLER)
    workshop_64.compile("helper", HELPER)
    path = workshop_64.folder / workshop_64.archive("lib.a", "helper.o")
    whole = path.read_bytes()
    for size in range(9, len(whole), 61):
        path.write_bytes(whole[:size])
        workshop_64.refuse("a.o", "lib.a")


def test_thin_archives_are_refused_by_name(workshop_64):
    workshop_64.compile("a", HELPER)
    subprocess.run(["ar", "qcsT", "thin.a", "a.o"], cwd=workshop_64.folder, check=True)
    assert "modld: thin.a: " in workshop_64.refuse("a.o", "thin.a")


def test_archives_alone_are_nothing_to_link(workshop_64):
    workshop_64.compile("a", HELPER)
    workshop_64.archive("lib.a", "a.o")
    assert "no input is an object" in workshop_64.refuse("lib.a")


def test_equal_inputs_with_archives_give_equal_bytes(workshop):
    workshop.compile("a", CALLER, "-g")
    workshop.compile("helper", HELPER, "-g")
    workshop.archive("lib.a", "helper.o")
    results = []
    for _ in range(2):
        workshop.link("a.o", "lib.a")
        results.append((workshop.folder / "out.o").read_bytes())
    assert results[0] == results[1]


# Libraries


@pytest.mark.parametrize("options", [["-Lsub", "-lmine"], ["-lmine", "-Lsub"],
                                     ["-L", "sub", "-l", "mine"], ["-Lnone", "-Lsub", "-lmine"]])
def test_libraries_are_looked_for_in_the_folders_named(workshop, options):
    workshop.compile("a", CALLER)
    workshop.compile("helper", HELPER)
    (workshop.folder / "sub").mkdir()
    workshop.archive("sub/libmine.a", "helper.o")
    assert workshop.link("a.o", *options).imports() == {}


def test_libraries_are_looked_for_beside_the_folder_of_modld(workshop):
    kit = workshop.folder / "kit"
    (kit / "bin").mkdir(parents=True)
    (kit / "lib").mkdir()
    shutil.copy(MODLD, kit / "bin")
    workshop.compile("a", CALLER)
    workshop.compile("helper", HELPER)
    workshop.archive("kit/lib/libmine.a", "helper.o")
    done = subprocess.run([kit / "bin" / "modld", "-o", "out.o", "a.o", "-lmine"],
                          cwd=workshop.folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    # A folder that is named comes first.
    workshop.compile("other", HELPER + "int other;")
    workshop.archive("libmine.a", "other.o")
    assert workshop.link("a.o", "-L.", "-lmine").symbols.get_symbol_by_name("other")


def test_a_missing_library_is_told_with_the_folders(workshop_64):
    workshop_64.compile("a", HELPER)
    said = lines_of(workshop_64.refuse("a.o", "-Lone", "-lnone", "-L", "two"))
    assert said[0].startswith("-lnone: libnone.a is in none of the folders one, two, /")
    assert said[1] == "  try: name the folder that it is in with -LDIR"


# Shared modules


def test_a_shared_module_becomes_a_dependent(workshop):
    workshop.shared("dep.o", HELPER + "int spare;", ["helper", "spare"])
    workshop.compile("a", CALLER)
    extension = workshop.link("a.o", "dep.o")
    assert extension.imports() == {"helper": "dep.o"}
    assert extension.strings(".mod.files") == ["dep.o"]
    assert not extension.symbols.get_symbol_by_name("spare")


def test_a_shared_member_is_recorded_with_its_archive(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.archive("dep.a", "dep.o")
    workshop.compile("a", CALLER)
    assert workshop.link("dep.a", "a.o").imports() == {"helper": "dep.a(dep.o)"}


def test_shared_members_of_the_other_mode_are_skipped(workshop, tmp_path):
    other = Workshop(tmp_path, other_width(workshop))
    other.shared("other/dep.o", HELPER + "int only_other;", ["helper", "only_other"])
    workshop.shared("own/dep.o", HELPER, ["helper"])
    workshop.archive("dep.a", "other/dep.o", "own/dep.o")
    workshop.compile("a", CALLER)
    assert workshop.link("a.o", "dep.a").imports() == {"helper": "dep.a(dep.o)"}
    workshop.compile("b", "extern int only_other; int *b(void) { return &only_other; }")
    assert "b.o: only_other: no input defines it" in workshop.refuse("b.o", "dep.a")


def test_a_shared_module_of_the_other_mode_is_refused(workshop, tmp_path):
    Workshop(tmp_path, other_width(workshop)).shared("dep.o", HELPER, ["helper"])
    workshop.compile("a", CALLER)
    assert "modld: dep.o: is for " in workshop.refuse("a.o", "dep.o")


def test_an_archive_may_mix_objects_and_shared_modules(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("plain", "int plain(void) { return 2; }")
    workshop.archive("mixed.a", "plain.o", "dep.o")
    workshop.compile("a", "int plain(void), helper(int); int used(void) { return helper(plain()); }")
    extension = workshop.link("a.o", "mixed.a")
    assert extension.imports() == {"helper": "mixed.a(dep.o)"}
    assert extension.symbols.get_symbol_by_name("plain")[0]["st_shndx"] != "SHN_UNDEF"


def test_only_exports_of_a_shared_module_count(workshop):
    workshop.shared("dep.o", HELPER + "int private;", ["helper"])
    workshop.compile("a", "extern int private; int *used(void) { return &private; }")
    assert "a.o: private: no input defines it" in workshop.refuse("a.o", "dep.o")


def test_a_dependent_that_nothing_needs_is_left_out(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("a", "int a;")
    extension = workshop.link("a.o", "dep.o")
    assert extension.imports() == {} and extension.strings(".mod.files") == []


def test_own_definitions_win_over_a_dependents(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("a", CALLER + HELPER)
    assert workshop.link("a.o", "dep.o").imports() == {}


@pytest.mark.parametrize("options, recorded", [
    ([], "dep.a(dep.o)"), (["-bnoipath"], "dep.a(dep.o)"), (["-bipath"], "sub/dep.a(dep.o)"),
    (["-bipath", "-bnoipath"], "dep.a(dep.o)")])
def test_the_folder_is_recorded_on_demand_only(workshop, options, recorded):
    workshop.shared("dep.o", HELPER, ["helper"])
    (workshop.folder / "sub").mkdir()
    workshop.archive("sub/dep.a", "dep.o")
    workshop.compile("a", CALLER)
    assert workshop.link(*options, "a.o", "sub/dep.a").imports() == {"helper": recorded}


def test_of_a_library_only_the_name_is_recorded(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.archive("libdep.a", "dep.o")
    workshop.compile("a", CALLER)
    assert workshop.link("-bipath", "a.o", "-L.", "-ldep").imports() == {"helper": "libdep.a(dep.o)"}


def test_a_dependent_may_have_dependents(workshop):
    workshop.shared("deep.o", "int deep(void) { return 1; }", ["deep"])
    workshop.shared("dep.o", "int deep(void); int helper(int x) { return x + deep(); }", ["helper"],
                    "deep.o", "-blibpath:/ext")
    workshop.compile("a", CALLER)
    assert workshop.link("a.o", "dep.o").imports() == {"helper": "dep.o"}


def test_modules_that_need_each_other_are_linked_with_an_import_file(workshop):
    workshop.write("b.imp", "#! pair.a(b.o)\nof_b\n")
    workshop.write("a.imp", "#! pair.a(a.o)\nof_a\n")
    workshop.shared("a.o", "int of_b(int); int of_a(int x) { return x ? of_b(x - 1) : 1; }",
                    ["of_a"], "-bI:b.imp")
    workshop.shared("b.o", "int of_a(int); int of_b(int x) { return x ? of_a(x - 1) : 2; }",
                    ["of_b"], "-bI:a.imp")
    workshop.archive("pair.a", "a.o", "b.o")
    workshop.compile("top", "int of_a(int), of_b(int); int top(void) { return of_a(1) + of_b(2); }")
    expected = {"of_a": "pair.a(a.o)", "of_b": "pair.a(b.o)"}
    assert workshop.link("top.o", "pair.a").imports() == expected
    # Once both exist, the archive itself will do, and so will both ways together.
    workshop.shared("b2.o", "int of_a(int); int of_b(int x) { return of_a(x); }", ["of_b"],
                    "-bI:a.imp", "pair.a")
    assert workshop.link("top.o", "pair.a", "-bI:a.imp", "-bI:b.imp").imports() == expected


def test_a_symbol_of_a_dependent_and_of_another_file_is_refused(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("a", CALLER)
    workshop.write("k.imp", "#!/unix\nhelper\n")
    assert lines_of(workshop.refuse("-bI:k.imp", "a.o", "dep.o")) == [
        "k.imp:2: helper: comes from /unix here, but is also exported by dep.o, recorded as dep.o; "
        "keep one of the two"]


def test_a_symbol_of_two_dependents_is_refused(workshop):
    workshop.shared("dep1.o", HELPER, ["helper"])
    workshop.shared("dep2.o", HELPER, ["helper"])
    workshop.archive("dep.a", "dep2.o")
    workshop.compile("a", CALLER)
    assert lines_of(workshop.refuse("a.o", "dep1.o", "dep.a")) == [
        "a.o: helper: is exported by dep1.o and by dep.a(dep2.o); keep one of the two"]
    # What nobody needs is nobody's quarrel.
    workshop.compile("b", "int b;")
    workshop.link("b.o", "dep1.o", "dep.a")


def test_a_symbol_of_a_member_and_of_a_dependent_is_refused(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("plain", HELPER)
    workshop.archive("mixed.a", "plain.o", "dep.o")
    workshop.compile("a", CALLER)
    assert lines_of(workshop.refuse("a.o", "mixed.a")) == [
        "helper: is defined by mixed.a(plain.o), but also exported by mixed.a(dep.o); "
        "keep one of the two"]


def test_a_symbol_of_a_member_and_of_another_file_is_refused(workshop):
    workshop.compile("plain", HELPER)
    workshop.archive("lib.a", "plain.o")
    workshop.compile("a", CALLER)
    workshop.write("p.imp", "#! private.o\nhelper\n")
    assert lines_of(workshop.refuse("-bI:p.imp", "a.o", "lib.a")) == [
        "p.imp:2: helper: comes from private.o here, but is also defined by lib.a(plain.o); "
        "keep one of the two"]


def test_two_dependents_that_would_be_recorded_alike_are_refused(workshop):
    workshop.shared("x/dep.o", HELPER, ["helper"])
    workshop.shared("y/dep.o", "int other;", ["other"])
    workshop.compile("a", CALLER)
    said = lines_of(workshop.refuse("a.o", "x/dep.o", "y/dep.o"))
    assert said[0] == "y/dep.o: would be recorded as dep.o, and so would x/dep.o"
    assert "-bipath" in said[1]
    assert workshop.link("-bipath", "a.o", "x/dep.o", "y/dep.o").imports() == {"helper": "x/dep.o"}
    workshop.link("a.o", "x/dep.o", "x/dep.o")


def test_the_name_of_a_shared_member_has_the_length_that_the_kernel_takes(workshop):
    name = workshop.shared(f"{62 * 'm'}.o", HELPER, ["helper"])
    workshop.archive("dep.a", name)
    workshop.compile("a", CALLER)
    assert lines_of(workshop.refuse("a.o", "dep.a")) == [
        f"dep.a({name}): is too long a name; a path has at most 255 bytes and a member 63"]


def test_an_archive_given_twice_counts_once(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.archive("dep.a", "dep.o")
    workshop.compile("a", CALLER)
    assert workshop.link("dep.a", "a.o", "dep.a").imports() == {"helper": "dep.a(dep.o)"}


def test_two_shared_members_of_one_name_are_refused(workshop):
    workshop.shared("x/dep.o", HELPER, ["helper"])
    workshop.shared("y/dep.o", "int other;", ["other"])
    workshop.archive("dep.a", "x/dep.o", "y/dep.o")
    workshop.compile("a", CALLER)
    assert lines_of(workshop.refuse("a.o", "dep.a")) == [
        "dep.a(dep.o): is there twice, and the kernel would find only the first; rename one"]


def test_an_extension_that_is_not_shared_is_no_input(workshop):
    workshop.compile("x", HELPER)
    workshop.link("x.o")
    workshop.keep("ext.o")
    workshop.archive("ext.a", "ext.o")
    workshop.compile("a", CALLER)
    for name, member in ("ext.o", "ext.o"), ("ext.a", "ext.a(ext.o)"):
        said = workshop.refuse("a.o", name)
        assert f"modld: {member}: was made by modld already" in said and "-bM:SRE" in said


def test_unknown_names_are_compared_with_what_dependents_export(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("a", "int hepler(int); int used(int x) { return hepler(x); }")
    assert "a.o: hepler: no input defines it and no import file lists it; nearest: helper" \
        in workshop.refuse("a.o", "dep.o")


def test_a_shared_module_alone_is_nothing_to_link(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    assert "no input is an object" in workshop.refuse("dep.o")


def test_nothing_is_written_on_failure_and_the_old_file_stays(workshop):
    workshop.shared("dep.o", HELPER, ["helper"])
    workshop.compile("a", CALLER)
    workshop.write("out.o", "old")
    workshop.write("k.imp", "#!/unix\nhelper\n")
    assert workshop.modld("-o", "out.o", "-e", "none", "-bI:k.imp", "a.o", "dep.o").returncode == 1
    assert (workshop.folder / "out.o").read_text() == "old"
    assert workshop.files_left() == []


# Parity of archive members


def parity(workshop, first, second, *arguments):
    """What modld says to an archive of two members, each linked with options of its own."""
    for width, options in (64, first), (32, second):
        Workshop(workshop.folder, width).compile("a", "int f(void) { return 1; }\n"
                                                      "int g(void) { return 2; }")
        workshop.link(*options, "a.o")
        workshop.keep(f"a{width}.o")
    result = workshop.modld("--archive", "out.a", *arguments, "a64.o", "a32.o")
    return result.returncode, lines_of(result.stderr)


@pytest.mark.parametrize("options", [["-e", "f"], ["-blibpath:/a:/b"], ["-bM:SRE"]])
def test_members_with_equal_options_make_an_archive(workshop_64, options):
    assert parity(workshop_64, options, options) == (0, [])


@pytest.mark.parametrize("first, second, name, said", [
    (["-e", "f"], ["-e", "g"], "-e", "recorded as f by a64.o, but as g by a32.o"),
    (["-e", "f"], [], "-e", "recorded by a64.o, but not by a32.o"),
    ([], ["-blibpath:/a"], "-blibpath", "recorded by a32.o, but not by a64.o"),
    (["-blibpath:/b"], ["-blibpath:/a"], "-blibpath", "recorded as /b by a64.o, but as /a by a32.o"),
    (["-bM:SRE"], [], "-bM", "recorded by a64.o, but not by a32.o"),
])
def test_members_that_were_linked_otherwise_differ(workshop_64, first, second, name, said):
    code, told = parity(workshop_64, first, second)
    assert code == 1 and told[0] == f"{name}: {said}" and len(told) == 2
    assert parity(workshop_64, first, second, "--allow-mode-difference", name) == (0, [])
