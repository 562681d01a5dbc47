#!/usr/bin/env python3
"""The house style as a test: lengths, leftovers, orphans, words that say nothing.

usage: scripts/check-tidy.py [ROOT]
"""
import os
import pathlib
import re
import sys

LINES_MAX = 400
COLUMNS_MAX = 100
SKIPPED = {"build", "data", "node_modules", ".git", "fixtures", "__pycache__"}
GENERATED = {"ui/src/api/schema.d.ts"}
SUFFIXES = {".cpp", ".hpp", ".def", ".py", ".mjs", ".ts", ".vue", ".cmake"}

# In pieces, because this file is checked too.
LEFTOVER = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
MACHINE_PATH = re.compile(r"/(work|root|home)/\w")
HIDDEN_TEST = re.compile(
    r'"[^"]*\[\.\]|\[!mayfail\]|\[!shouldfail\]|\b(it|test|describe)\.(skip|only)\(')
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b|(?<![_\w.])sleep\(")
EMPTY_CATCH = re.compile(r"catch *\([^)]*\) *\{ *\}")
DEBUG_PRINT = re.compile(r"\bstd::(cout|cerr)\b|(?<![_\w:])(printf|puts)\(|\bstd::(printf|puts)\(")
EMPTY_WORD = re.compile(r"\b[A-Z]\w*(Manager|Helper|Utils?|Handler|Impl)\b|\b(Manager|Helper)\b")
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
# What clang-format leaves at the beginning of a line stands in namespace gateway itself.
TYPE = re.compile(r"^(?:class|struct|enum class|enum) (\w+)\b(?!::)[^;{]*\{", re.M)
ANONYMOUS = re.compile(r"^namespace \{.*?^\} // namespace$", re.M | re.S)
# The command line answers on standard output, and so does what a build runs.
SPEAKS = ("actors/node/", "actors/api/check_routes.cpp", "tests/")
# The main thread waits there, for what other threads do.
MAY_SLEEP = "actors/node/"
# Rooms of pure logic: a test comes by every header.
PURE = {
    "admins", "cluster", "config", "dashboard", "events", "keys", "ledger", "provider", "quota",
    "router"}


def sources(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED)
        for name in sorted(files):
            file = pathlib.Path(folder, name)
            is_script = not file.suffix and file.parent.name in ("scripts", ".ci")
            if file.suffix in SUFFIXES or is_script:
                yield file


def is_too_wide(line, is_cpp):
    """clang-format breaks what can be broken; what is left of a C++ line is a text in it."""
    return len(line) > COLUMNS_MAX and not (is_cpp and '"' in line)


def line_faults(path, line):
    is_cpp = path.endswith((".cpp", ".hpp"))
    if is_too_wide(line, is_cpp):
        yield f"{len(line)} columns, more than {COLUMNS_MAX}"
    if LEFTOVER.search(line):
        yield "a leftover"
    if MACHINE_PATH.search(line):
        yield "a path of one machine"
    if HIDDEN_TEST.search(line):
        yield "a hidden or skipped test"
    if not is_cpp:
        return
    code = line.split("//")[0]
    if SLEEP.search(code) and not path.startswith(MAY_SLEEP):
        yield "a sleep"
    if EMPTY_CATCH.search(code):
        yield "an empty catch block"
    if "caf::infinite" in code and not path.startswith("tests/"):
        yield "caf::infinite"
    if DEBUG_PRINT.search(code) and not path.startswith(SPEAKS):
        yield "a debug print"
    word = EMPTY_WORD.search(code)
    if word:
        yield f"{word[0]} is a word that says nothing"


def file_faults(path, text):
    """What is wrong with one file by itself."""
    lines = text.splitlines()
    if len(lines) > LINES_MAX:
        yield f"{path}: {len(lines)} lines, more than {LINES_MAX}: is that one concept?"
    for number, line in enumerate(lines, 1):
        for fault in line_faults(path, line):
            yield f"{path}:{number}: {fault}"


def orphans(root, files):
    """Sources that no list names, and headers of pure rooms that no test comes by."""
    listed = listed_sources(root)
    reached = reached_by_tests(files)
    for path in files:
        if path.endswith(".cpp") and ".test." not in path and path not in listed:
            yield f"{path}: no CMakeLists.txt names it"
        room = re.match(r"^actors/(\w+)/\w+\.hpp$", path)
        if room and room[1] in PURE and path not in reached:
            yield f"{path}: no test comes by it"


def listed_sources(root):
    """Every source that a CMakeLists.txt names, or finds by a pattern."""
    listed = set()
    for file in root.rglob("CMakeLists.txt"):
        if SKIPPED & set(file.relative_to(root).parts):
            continue
        text = file.read_text(encoding="utf-8").replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")
        for name in re.findall(r"[\w./*-]+\.cpp", text):
            found = file.parent.glob(name) if "*" in name else [file.parent / name]
            listed |= {os.path.relpath(one, root) for one in found}
    return listed


def reached_by_tests(files):
    """What tests include, what that includes, and the sources that belong to those headers."""
    reached, left = set(), [path for path in files if path.startswith("tests/")]
    while left:
        path = left.pop()
        if path in reached or path not in files:
            continue
        reached.add(path)
        left += INCLUDE.findall(files[path])
        if path.endswith(".hpp"):
            left.append(path[:-4] + ".cpp")
    return reached


def may_be_linked(path, other):
    """Whether one binary may have both: tests of two folders never do."""
    folders = [pathlib.PurePosixPath(one).parent for one in (path, other)]
    is_a_test = [one.startswith("tests/") for one in (path, other)]
    return not all(is_a_test) or folders[0] == folders[1]


def namesakes(files):
    """Types of one name in two files: the linker takes one for the other and says nothing."""
    places = {}
    # The product's first, as it is linked with every test.
    for path, text in sorted(files.items(), key=lambda file: file[0].startswith("tests/")):
        if not path.endswith((".cpp", ".hpp")):
            continue
        for name in TYPE.findall(ANONYMOUS.sub("", text)):
            places.setdefault(name, []).append(path)
    for name, paths in places.items():
        for number, path in enumerate(paths):
            others = [other for other in paths[:number] if may_be_linked(path, other)]
            if others:
                yield f"{path}: {name} is a type of {others[0]} too"


def faults(root):
    files = {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8")
             for file in sources(root)}
    for path in GENERATED:
        files.pop(path, None)
    for path, text in files.items():
        yield from file_faults(path, text)
    yield from orphans(root, files)
    yield from namesakes(files)


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent.parent
    found = list(faults(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here))
    print("\n".join(found) or "tidy: clean")
    sys.exit(bool(found))
