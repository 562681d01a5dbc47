"""Which source files of a target can be compiled as one, for the builds where that is asked for.

usage: unity_groups.py FILES_AT_MOST FILE…      prints a CMake list: file, its group's number, …

Two files that both declare a name of their own (in an anonymous namespace, say) never share a
group, nor does a file that mentions a name which the other keeps to itself: so nobody has to think
of other files when they name something. What stands in a namespace of its own is in nobody's way.
"""
import math
import pathlib
import re
import sys

# A line that begins a declaration: not indented, no directive, comment, brace or label.
DECLARATION = re.compile(
    r"^(?!#|//|\}|template\b|using namespace\b|using \w+::|\w+:$|static_assert\b|TEST_CASE\b)\S")
TYPE = re.compile(r"\b(?:struct|class|enum(?: class)?|union|using) (\w+)(?!\w*(?:::|<))")
# The first name before a parenthesis or an initializer is the one declared.
DECLARED = re.compile(r"(?<![\w:])([A-Za-z_]\w*)\s*[({=;\[]")
OWN_NAMESPACE = re.compile(r"^namespace (?!gateway\b|testing\b)(\w+) \{$")
MACRO = re.compile(r"^#define (\w+)", re.M)
WORD = re.compile(r"[A-Za-z_]\w*")


def without_arguments(line):
    """The line without what is between angle brackets."""
    while (shorter := re.sub(r"<[^<>]*>", "", line)) != line:
        line = shorter
    return line


def declared(text):
    """Names that the file keeps to itself: its macros and what its anonymous namespace declares."""
    names = set(MACRO.findall(text))
    anonymous, own = False, None
    # A type that is long has a line of its own before the name.
    for line in re.sub(r"^([\w:<>, *&]+[\w>*&])\n(?=\w)", r"\1 ", text, flags=re.M).splitlines():
        if found := OWN_NAMESPACE.match(line):
            own = found[1]
            names.add(own)
        elif own and line == f"}} // namespace {own}":
            own = None
        elif line.startswith("namespace") or line.startswith("} // namespace"):
            anonymous = line == "namespace {" and not own
        elif anonymous and DECLARATION.match(line):
            found = TYPE.search(line) or DECLARED.search(without_arguments(line))
            names.update(found.groups() if found else ())
    return names


def code_of(text):
    """The text without comments and strings, which name nothing."""
    return re.sub(r'//[^\n]*|"(?:\\.|[^"\\\n])*"', "", text)


def groups(files, at_most):
    """Greedy: each file goes to the first group that has room and no name in common with it."""
    # As even as may be, so that no last one is waited for.
    at_most = math.ceil(len(files) / math.ceil(len(files) / at_most)) if files else 1
    made = []
    for file in files:
        text = pathlib.Path(file).read_text()
        names, words = declared(text), set(WORD.findall(code_of(text)))
        for group in made:
            if (len(group["files"]) < at_most and not names & group["words"]
                    and not words & group["names"]):
                break
        else:
            group = {"files": [], "names": set(), "words": set()}
            made.append(group)
        group["files"].append(file)
        group["names"] |= names
        group["words"] |= words
    return [group["files"] for group in made]


if __name__ == "__main__":
    # What the build itself generates is not there yet, and stays alone.
    there = [file for file in sys.argv[2:] if pathlib.Path(file).exists()]
    made = groups(there, int(sys.argv[1]))
    print(";".join(f"{file};{number}" for number, group in enumerate(made) for file in group))
