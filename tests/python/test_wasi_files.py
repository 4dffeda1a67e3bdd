# SPDX-License-Identifier: Apache-2.0
"""Files of programs: in memory, and the host's."""

import os
import pathlib

import epsilon
import pytest
from epsilon import EpsilonLimitError, EpsilonUsageError, ReadOnly, SymbolicLink, Wasi
from wasi_programs import DIRECTORY, TO_READ, Files, escaped, exits, program

NOTHING = exits(0)
ENOTCAPABLE, ENOENT, EROFS, EPERM, ELOOP, EMFILE, ENOSPC = 76, 44, 69, 63, 32, 33, 51
REFUSED = {1000 + errno for errno in (ENOTCAPABLE, EPERM)}
files = Files()


def kept(given, **options):
    """What comes back of files that nobody touches."""
    return epsilon.run(NOTHING, files=given, **options).files


# ---- in memory: what is given comes back -----------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"a": b"x"},
        {"a": b""},
        {"a/b/c": b"x", "a/d": b"y"},
        {"a": {"b": {"c": b"x"}, "d": b"y"}},
        {"a": {}},
        {"a": {"b": {}}},
        {"a": {"b/c": b"x"}, "d/e": {"f": b"y"}},
        {"a/b": {"c": b"x"}, "a": {"d": b"y"}},
        {"a": {"d": b"y"}, "a/b/c": {"e": b"x"}},
        {"/a": b"x", "/b/c": b"y", "/d": {"e": b"z"}},
        {"a.b": b"1", "a": {"c": b"2"}, "a-": b"3", "a ": b"4"},
        {"name with spaces \n": b"x", "gr\u00fcn": b"y", "\udcff": b"z", "...": b""},
        {"x" * 255: b"x"},
        {"big": bytes(range(256)) * 40_000},
    ],
    ids=lambda given: ascii(given)[:40],
)
def test_files_come_back_in_the_shape_they_were_given_in(given):
    assert kept(given) == given
    assert kept(ReadOnly(given)) == given


def test_contents_can_be_texts_and_any_bytes():
    given = {"a": "gr\u00fcn\udcff", "b": bytearray(b"x"), "c": memoryview(b"abc")[1:]}
    assert kept(given) == {"a": b"gr\xc3\xbcn\xff", "b": b"x", "c": b"bc"}
    given["b"][:] = b"not locked"


def test_paths_can_be_path_objects():
    given = {pathlib.PurePosixPath("a/b"): b"x", pathlib.PurePosixPath("d"): {"e": b"y"}}
    assert kept(given) == given


def test_a_directory_may_end_in_a_slash():
    assert kept({"a/": {"b/": {}}}) == {"a/": {"b/": {}}}


def test_without_files_there_are_none():
    result = epsilon.run(files.writes("x", "y"))
    assert result.exit_code == 1008  # EBADF
    assert result.files == {}
    assert kept({}) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([("a", b"x")], "files must be a mapping, not list"),
        ("a", "files must be a mapping, not str"),
        ({1: b"x"}, "files: a path must be str or os.PathLike, not int"),
        ({b"a": b"x"}, "files: a path must be str or os.PathLike, not bytes"),
        ({"a": {None: b"x"}}, "files: a path must be str or os.PathLike, not NoneType"),
        ({"": b"x"}, "files: not a path of a file in memory: ''"),
        ({"/": b"x"}, "files: not a path of a file in memory: '/'"),
        ({"a/": b"x"}, "files: not a path of a file in memory: 'a/'"),
        ({"a//b": b"x"}, "files: not a path of a file in memory: 'a//b'"),
        ({"../a": b"x"}, "files: not a path of a file in memory: '../a'"),
        ({"a/../b": b"x"}, "files: not a path of a file in memory: 'a/../b'"),
        ({"./a": b"x"}, "files: not a path of a file in memory: './a'"),
        ({"a": {"..": {}}}, "files: not a path of a file in memory: '..'"),
        ({"a": {"/b": b"x"}}, "files: not a path of a file in memory: '/b'"),
        ({"a\0b": b"x"}, "files: not a path of a file in memory: 'a\\x00b'"),
        ({"/a": b"", "b": b""}, "files: either all paths begin with '/' or none"),
        ({"a": None}, "files: 'a' must be bytes, str or a mapping, not NoneType"),
        ({"a": {"b": 3}}, "files: 'a/b' must be bytes, str or a mapping, not int"),
        ({"a": [b"x"]}, "files: 'a' must be bytes, str or a mapping, not list"),
        ({"a": SymbolicLink("b")}, "files: 'a' must be bytes, str or a mapping, not SymbolicLink"),
        ({"a": memoryview(b"abcd")[::2]}, "files: 'a' must be contiguous bytes"),
        ({"a": "\ud800"}, "files: 'a': the text is not valid Unicode"),
        ({"\ud800": b""}, "files is not valid Unicode: '\\ud800'"),
        ({"a/b": b"x", "a": {"b": b"y"}}, "files: given twice: 'a/b'"),
        ({"a": {}, "a/": {}}, "files: given twice: 'a'"),
        ({"a": b"", "a/b": b""}, "files: both a file and a directory: 'a'"),
        ({"a/b": b"", "a": b""}, "files: given twice: 'a'"),
        ({"a": b"", pathlib.PurePosixPath("a"): b""}, "files: given twice: 'a'"),
        (ReadOnly([]), "files must be a mapping, not list"),
    ],
)
def test_bad_files(given, message):
    with pytest.raises(EpsilonUsageError) as caught:
        kept(given)
    assert str(caught.value) == message


def test_a_name_that_is_too_long():
    with pytest.raises(EpsilonUsageError, match="too long"):
        kept({"x" * 10_000: b""})


def test_a_mapping_inside_itself():
    given = {}
    given["a"] = given
    with pytest.raises(EpsilonUsageError, match="^files: directories are nested too deeply$"):
        kept(given)


def test_a_mapping_of_the_user_s_that_fails():
    class Bad(dict):
        def items(self):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kept({"a": Bad(b=b"x")})


def test_limits_of_files_in_memory():
    assert kept({"a": b"x" * 100}, limits={"memory-bytes": 4096}) == {"a": b"x" * 100}
    with pytest.raises(EpsilonLimitError, match="leave no room for"):
        kept({"a": b"x" * 5000}, limits={"memory-bytes": 4096})
    with pytest.raises(EpsilonLimitError, match="leave no room for"):
        kept({str(i): b"" for i in range(20)}, limits={"memory-files": 10})
    fills = files.copies_input("a")
    result = epsilon.run(fills, files={}, stdin=b"x" * 100_000, limits={"memory-bytes": 65536})
    assert result.exit_code == 1000 + ENOSPC
    assert len(result.files["a"]) <= 65536


# ---- in memory: what programs do -------------------------------------------------------------


def test_programs_read_them():
    given = {"a": "1", "d": {"e": b"2", "f/g": b"3"}}
    for path, content in (("a", b"1"), ("d/e", b"2"), ("d/f/g", b"3"), ("./d/../a", b"1")):
        assert epsilon.run(files.reads(path), files=given).stdout == content
    assert epsilon.run(files.reads("b"), files=given).exit_code == 1000 + ENOENT


def test_programs_write_them():
    result = epsilon.run(files.writes("new", "x"), files={"old": b"y"})
    assert result.files == {"old": b"y", "new": b"x"}
    assert epsilon.run(files.writes("old", "x"), files={"old": b"yyy"}).files == {"old": b"x"}
    assert epsilon.run(files.writes("old", "x", 0), files={"old": b"yyy"}).files == {"old": b"xyy"}


@pytest.mark.parametrize(
    ("given", "path", "expected"),
    [
        ({"d": {}}, "d/new", {"d": {"new": b"x"}}),
        ({"d": {"e": {}}}, "d/new", {"d": {"e": {}, "new": b"x"}}),
        ({"d/a": b""}, "d/new", {"d/a": b"", "d/new": b"x"}),
        ({"/d": {}}, "d/new", {"/d": {"new": b"x"}}),
        ({"/d/a": b""}, "d/new", {"/d/a": b"", "/d/new": b"x"}),
        ({"d/e": {}}, "d/new", {"d/e": {}, "d/new": b"x"}),
        ({"d/e": {}}, "d/e/new", {"d/e": {"new": b"x"}}),
        ({"d": {"e/f": b""}}, "d/e/new", {"d": {"e/f": b"", "e/new": b"x"}}),
    ],
)
def test_new_files_come_back_beside_what_was_given(given, path, expected):
    assert epsilon.run(files.writes(path, "x"), files=given).files == expected


def test_what_was_given_does_not_change():
    given = {"d": {"a": b"1"}}
    epsilon.run(files.writes("d/a", "2"), files=given)
    assert given == {"d": {"a": b"1"}}


def test_directories():
    makes = files.does("path_create_directory", "a", "a/b", "c")
    assert epsilon.run(makes, files={}).files == {"a/b": {}, "c": {}}
    assert epsilon.run(makes, files={"x": b""}).files == {"a/b": {}, "c": {}, "x": b""}
    assert epsilon.run(makes, files={"/x": b""}).files == {"/a/b": {}, "/c": {}, "/x": b""}
    removes = files.does("path_remove_directory", "d")
    assert epsilon.run(removes, files={"d": {}}).files == {}
    unlinks = files.does("path_unlink_file", "d/a")
    assert epsilon.run(unlinks, files={"d/a": b""}).files == {"d": {}}
    assert epsilon.run(unlinks, files={"d": {"a": b""}}).files == {"d": {}}


def test_symbolic_links_come_back_as_such():
    result = epsilon.run(files.links("a/b", "link"), files={"a/b": b"x"})
    assert result.files == {"a/b": b"x", "link": SymbolicLink("a/b")}
    assert result.files["link"].target == "a/b"


def test_names_that_are_no_text():
    result = epsilon.run(files.writes("gr\u00fcn", "x"), files={})
    assert result.files == {"gr\u00fcn": b"x"}


def test_results_can_be_given_on():
    first = epsilon.run(files.writes("a", "1"), files={"d": {}})
    second = epsilon.run(files.writes("d/b", "2"), files=first.files)
    assert second.files == {"a": b"1", "d": {"b": b"2"}}


def test_files_in_memory_that_cannot_be_changed():
    given = ReadOnly({"a": b"1", "d": {}})
    assert epsilon.run(files.reads("a"), files=given).stdout == b"1"
    for wasm in (
        files.writes("a", "2"),
        files.writes("new", "2"),
        files.does("path_unlink_file", "a"),
        files.does("path_remove_directory", "d"),
        files.does("path_create_directory", "e"),
        files.links("a", "b"),
    ):
        result = epsilon.run(wasm, files=given)
        assert result.exit_code in {1000 + errno for errno in (ENOTCAPABLE, EPERM, EROFS)}
        assert result.files == {"a": b"1", "d": {}}


def test_files_elsewhere():
    result = epsilon.run(files.writes("a", "x"), files={"/b": b"y"}, files_at="/data/in memory")
    assert result.files == {"/a": b"x", "/b": b"y"}
    name = program(
        """(call $must (call $fd_prestat_get (i32.const 3) (i32.const 16)))
        (call $must (call $fd_prestat_dir_name (i32.const 3) (i32.const 65536)
          (i32.load (i32.const 20))))
        (call $must (call $write (i32.const 1) (i32.const 65536) (i32.load (i32.const 20))))"""
    )
    assert epsilon.run(name, files={}, files_at="/data").stdout == b"/data"
    assert epsilon.run(name, files={}).stdout == b"/"
    assert epsilon.run(name, preopens={"here": "."}).stdout == b"here"
    assert epsilon.run(name, preopens={"\udcff": "."}).stdout == b"\xff"
    assert epsilon.run(name, files={"a": b""}, files_at=".").files == {"a": b""}


@pytest.mark.parametrize("path", ["../x", "/x", "..", "d/../../x", "/", "//x", ""])
def test_nothing_is_outside_of_memory(path):
    result = epsilon.run(files.reads(path), files={"d": {}})
    assert result.exit_code in {1000 + errno for errno in (ENOTCAPABLE, EPERM, ENOENT)}


# ---- directories of the host -----------------------------------------------------------------


@pytest.fixture
def host(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "a").write_bytes(b"1")
    (inside / "up").symlink_to("..")
    (inside / "absolute").symlink_to(tmp_path / "secret")
    (inside / "loop").symlink_to("loop")
    (inside / "fine").symlink_to("a")
    return inside


def test_preopened_directories(host):
    assert epsilon.run(files.reads("a"), preopens={"/": host}).stdout == b"1"
    assert epsilon.run(files.reads("fine"), preopens={"/": str(host)}).stdout == b"1"
    result = epsilon.run(files.writes("new", "2"), preopens={"/d": os.fsencode(host)})
    assert result.exit_code == 0
    assert result.files == {}
    assert (host / "new").read_bytes() == b"2"


@pytest.mark.parametrize(
    "path",
    ["../secret", "up/secret", "absolute", "loop", "/etc/passwd", "up/inside/../secret",
     "a/../../secret", "/", "..", "up", "."],
)  # fmt: skip
def test_nothing_outside_is_reached(host, path):
    result = epsilon.run(files.reads(path), preopens={"/": host})
    assert result.exit_code != 0
    assert b"secret" not in result.stdout
    result = epsilon.run(files.writes(path, "broken"), preopens={"/": host})
    assert result.exit_code != 0
    assert (host.parent / "secret").read_bytes() == b"secret"


def test_read_only_directories(host):
    given = {"/": ReadOnly(host)}
    assert epsilon.run(files.reads("a"), preopens=given).stdout == b"1"
    for wasm in (
        files.writes("a", "2"),
        files.writes("a", "", 8),
        files.writes("new", "2"),
        files.does("path_unlink_file", "a"),
        files.does("path_create_directory", "d"),
        files.links("a", "b"),
    ):
        assert epsilon.run(wasm, preopens=given).exit_code != 0
    assert sorted(path.name for path in host.iterdir()) == ["a", "absolute", "fine", "loop", "up"]
    assert (host / "a").read_bytes() == b"1"


def test_descriptors_are_in_order(host, tmp_path):
    given = {"files": {"m": b"memory"}, "preopens": {"/h": host, "/t": tmp_path}}
    assert epsilon.run(Files(3).reads("m"), **given).stdout == b"memory"
    assert epsilon.run(Files(4).reads("a"), **given).stdout == b"1"
    assert epsilon.run(Files(5).reads("inside/a"), **given).stdout == b"1"


def test_bad_preopens(host, tmp_path):
    missing = tmp_path / "missing"
    for given, message in [
        ([host], "preopens must be a mapping, not list"),
        ({"/": 3}, "preopens['/'] must be str, bytes or os.PathLike, not int"),
        ({"/": None}, "preopens['/'] must be str, bytes or os.PathLike, not NoneType"),
        ({"/": ReadOnly(None)}, "preopens['/'] must be str, bytes or os.PathLike, not NoneType"),
        ({"/": "a\0b"}, "preopens['/'] has a NUL character"),
        ({3: host}, "a path in preopens must be str, bytes or os.PathLike, not int"),
        ({"/\0": host}, "a path in preopens has a NUL character"),
        ({"/": missing}, f"preopens['/']: no such directory: {str(missing)!r}"),
        ({"/": host / "a"}, f"preopens['/']: not a directory: {str(host / 'a')!r}"),
        ({"/": host / "loop"}, f"preopens['/']: {str(host / 'loop')!r}: "),
    ]:
        with pytest.raises(EpsilonUsageError) as caught:
            epsilon.run(NOTHING, preopens=given)
        assert str(caught.value).startswith(message), given
    with pytest.raises(FileNotFoundError):
        epsilon.run(NOTHING, preopens={"/": missing})
    with pytest.raises(EpsilonUsageError) as caught:
        epsilon.run(NOTHING, files={}, preopens={"/": host})
    assert str(caught.value) == "preopens['/']: the guest path \"/\" is taken"
    with pytest.raises(EpsilonUsageError, match="^files_at has a NUL character$"):
        epsilon.run(NOTHING, files={}, files_at="\0")
    with pytest.raises(EpsilonUsageError, match="^files_at must be str, bytes or"):
        epsilon.run(NOTHING, files={}, files_at=3)


def test_a_limit_on_descriptors(host):
    opens = program(
        f"""(local.set $a (i32.const 100))
        (loop $l
          (drop (call $open (i32.const 3) (i32.const 64) (i32.const 1) (i32.const 0) {TO_READ}))
          (br_if $l (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))""",
        '(data (i32.const 64) "a")',
    )
    for given in ({"files": {"a": b""}}, {"preopens": {"/": ReadOnly(host)}}):
        assert epsilon.run(opens, **given).exit_code == 0
        result = epsilon.run(opens, limits={"descriptors": 50}, **given)
        assert result.exit_code == 1000 + EMFILE


# ---- read back while there is a Wasi ---------------------------------------------------------


def test_files_of_a_wasi():
    with epsilon.Runtime() as runtime:
        wasi = Wasi(files={"a": b"1", "d": {}})
        assert wasi.files == {"a": b"1", "d": {}}
        runtime.instantiate(files.writes("d/b", "2"), wasi=wasi).run()
        assert wasi.files == {"a": b"1", "d": {"b": b"2"}}
        runtime.instantiate(files.does("path_unlink_file", "a"), wasi=wasi).run()
        assert wasi.files == {"d": {"b": b"2"}}
    assert wasi.files == {"d": {"b": b"2"}}
    assert Wasi().files == {}


def test_many_files():
    given = {f"d{i % 10}/f{i}": b"%d" % i for i in range(2000)}
    assert kept(given) == given
    nested = {f"d{i}": {f"f{j}": b"x" for j in range(100)} for i in range(20)}
    assert kept(nested) == nested


def test_deep_directories():
    given = {"/".join("d" * 400): b"x"}
    assert kept(given) == given
    nested = inner = {}
    for _ in range(300):
        inner["d"] = {}
        inner = inner["d"]
    assert kept(nested) == nested


def test_a_large_file_goes_in_and_out():
    data = os.urandom(1 << 20) * 8
    result = epsilon.run(files.copies_input("a"), stdin=data, files={})
    assert result.files["a"] == data
    assert epsilon.run(files.reads("a"), files=result.files).stdout == data


# ---- programs that want too much -------------------------------------------------------------


def nests(levels, name="d"):
    """Makes directories in one another."""
    return program(
        f"""(local.set $a (i32.const 3))
        (local.set $b (i32.const {levels}))
        (loop $l
          (call $must
            (call $path_create_directory (local.get $a) (i32.const 64) (i32.const {len(name)})))
          (i32.store (i32.const 48)
            (call $open (local.get $a) (i32.const 64) (i32.const {len(name)})
              (i32.const {DIRECTORY}) (i64.const 0x2600)))
          (if (i32.ne (local.get $a) (i32.const 3))
            (then (call $must (call $fd_close (local.get $a)))))
          (local.set $a (i32.load (i32.const 48)))
          (br_if $l (local.tee $b (i32.sub (local.get $b) (i32.const 1)))))""",
        f"(data (i32.const 64) {escaped(name)})",
    )


def test_deep_directories_of_a_program():
    result = epsilon.run(nests(2000), files={})
    assert result.files == {"/".join("d" * 2000): {}}
    with pytest.raises(EpsilonLimitError, match="^the paths of the files in memory are longer"):
        epsilon.run(nests(60_000), files={})
    with pytest.raises(EpsilonLimitError, match="^the paths of the files in memory are longer"):
        epsilon.run(nests(2000, "x" * 255), files={})


def test_many_names_of_one_file():
    links = program(
        """(loop $l
          (i32.store (i32.const 80) (i32.add (i32.load (i32.const 80)) (i32.const 1)))
          (local.set $b (i32.load (i32.const 80)))
          (local.set $a (i32.const 7))
          (loop $digit
            (i32.store8 (i32.add (i32.const 96) (local.get $a))
              (i32.add (i32.const 97) (i32.and (local.get $b) (i32.const 15))))
            (local.set $b (i32.shr_u (local.get $b) (i32.const 4)))
            (br_if $digit (local.tee $a (i32.sub (local.get $a) (i32.const 1)))))
          (call $must
            (call $path_link (i32.const 3) (i32.const 0) (i32.const 64) (i32.const 1)
              (i32.const 3) (i32.const 97) (i32.const 7)))
          (br $l))""",
        '(data (i32.const 64) "f")',
    )
    result = epsilon.run(links, files={"f": b"x"}, limits={"memory-files": 100})
    assert result.exit_code == 1000 + ENOSPC
    assert len(result.files) == 99  # and the root
    assert set(result.files.values()) == {b"x"}
    assert epsilon.run(links, files={"f": b"x"}).exit_code == 1000 + ENOSPC
