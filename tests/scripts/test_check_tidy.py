"""The tidy check finds planted faults, and nothing where there is none."""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check-tidy.py"


def load(path):
    spec = importlib.util.spec_from_file_location("checked", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tidy = load(SCRIPT)

# The planted words are put together here, because this file is checked too.
PLANTED = [
    ("net/a.cpp", "// TO" + "DO later", "a leftover"),
    ("net/a.py", "# FIX" + "ME", "a leftover"),
    ("net/a.cpp", "int " + "x" * 100 + ";", "105 columns, more than 100"),
    ("scripts/a.py", 'x = "' + "x" * 100 + '"', "106 columns, more than 100"),
    ("net/a.cpp", "std::this_thread::sleep" + "_for(1s);", "a sleep"),
    ("net/a.cpp", "sleep" + "(1);", "a sleep"),
    ("net/a.cpp", "} catch" + " (...) {}", "an empty catch block"),
    ("net/a.cpp", "std::ce" + "rr << x;", "a debug print"),
    ("net/a.cpp", "print" + 'f("x");', "a debug print"),
    ("actors/a/a.cpp", "request(a, caf::inf" + "inite, x);", "caf::infinite"),
    ("net/a.hpp", "class Pool" + "Manager {", "PoolManager is a word that says nothing"),
    ("net/a.hpp", "struct Request" + "Handler {", "RequestHandler is a word that says nothing"),
    ("net/a.hpp", "class String" + "Utils;", "StringUtils is a word that says nothing"),
    ("tests/a.test.cpp", 'TEST_CASE("a", "[' + '.]") {', "a hidden or skipped test"),
    ("tests/a.test.mjs", "test.sk" + 'ip("a", () => {});', "a hidden or skipped test"),
    ("net/a.cpp", 'open("/wo' + 'rk/data");', "a path of one machine"),
]

CLEAN = [
    ("net/a.cpp", 'const char* text = "' + "x" * 100 + '";'),
    ("net/a.cpp", "std::snprint" + "f(text, 3, format);"),
    ("net/a.cpp", "// a sleep_" + "for in a sentence"),
    ("net/a.cpp", "class Handler {"),
    ("net/a.cpp", "} catch (const Broken&) { return fail(); }"),
    ("actors/node/main.cpp", "std::co" + "ut << version;"),
    ("tests/a.test.mjs", 'test("skips nothing", () => {});'),
    ("tests/a.test.cpp", "if (text[0] == '.') return;"),
]


def run(root):
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)


class Lines(unittest.TestCase):
    def test_each_planted_fault_is_found(self):
        for path, line, expected in PLANTED:
            with self.subTest(path=path, line=line):
                found = list(tidy.file_faults(path, f"first\n{line}\n"))
                self.assertEqual(found, [f"{path}:2: {expected}"])

    def test_what_is_allowed_raises_no_alarm(self):
        for path, line in CLEAN:
            with self.subTest(path=path, line=line):
                self.assertEqual(list(tidy.file_faults(path, line + "\n")), [])

    def test_a_file_may_have_400_lines_and_no_more(self):
        self.assertEqual(list(tidy.file_faults("net/a.cpp", "x;\n" * 400)), [])
        self.assertEqual(
            list(tidy.file_faults("net/a.cpp", "x;\n" * 401)),
            ["net/a.cpp: 401 lines, more than 400: is that one concept?"])


class Orphans(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, path, text=""):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def faults(self):
        return sorted(tidy.faults(self.root))

    def test_a_source_that_no_list_names_is_found(self):
        self.write("net/http/CMakeLists.txt", "gateway_room(gateway_http SOURCES stream.cpp)\n")
        self.write("net/http/stream.cpp")
        self.write("net/http/other_stream.cpp")
        self.assertEqual(self.faults(), ["net/http/other_stream.cpp: no CMakeLists.txt names it"])

    def test_lists_name_sources_of_other_folders_and_by_pattern(self):
        self.write("actors/runtime/CMakeLists.txt", "SOURCES ../ledger/ledger_actor.cpp\n")
        self.write("actors/ledger/ledger_actor.cpp")
        self.write("net/dialects/CMakeLists.txt", 'GLOB "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp"\n')
        self.write("net/dialects/openai.cpp")
        self.assertEqual(self.faults(), [])

    def test_a_pure_header_that_no_test_comes_by_is_found(self):
        self.write("actors/quota/book.hpp", '#include "actors/quota/cell.hpp"\n')
        self.write("actors/quota/cell.hpp")
        self.write("actors/quota/pair.hpp")
        self.write("actors/api/call.hpp")
        self.write("tests/actors/quota/book.test.cpp", '#include "actors/quota/book.hpp"\n')
        self.assertEqual(self.faults(), ["actors/quota/pair.hpp: no test comes by it"])

    def test_two_types_of_one_name_are_found(self):
        self.write("net/demo/a.hpp", "namespace gateway {\nclass Reader {\n};\n}\n")
        self.write("net/http/b.hpp", "namespace {\nstruct Reader {\n};\n} // namespace\n")
        self.write("net/http/c.hpp", "class Reader;\nstruct Reader::Inside {\n};\n")
        self.write("persistence/d.hpp", "struct Writer {\n  struct Reader {\n  };\n};\n")
        self.assertEqual(self.faults(), [])
        self.write("net/unified/e.hpp", "struct Reader final {\n};\n")
        self.assertEqual(
            self.faults(), ["net/unified/e.hpp: Reader is a type of net/demo/a.hpp too"])

    def test_a_test_has_no_type_of_the_products_name(self):
        self.write("tests/net/demo/f.hpp", "struct Browser {\n};\n")
        self.write("tests/net/http/g.hpp", "struct Browser {\n};\n")
        self.assertEqual(self.faults(), [])
        self.write("net/http/CMakeLists.txt", "h.cpp\n")
        self.write("net/http/h.cpp", "class Browser {\n};\n")
        self.assertEqual(self.faults(), [
            "tests/net/demo/f.hpp: Browser is a type of net/http/h.cpp too",
            "tests/net/http/g.hpp: Browser is a type of net/http/h.cpp too"])

    def test_builds_fixtures_and_other_peoples_code_are_not_read(self):
        for folder in ("build/release", "tests/fixtures", "tests/e2e/node_modules/x"):
            self.write(f"{folder}/a.py", "# TO" + "DO\n")
        self.assertEqual(self.faults(), [])

    def test_the_script_fails_for_a_tree_with_faults(self):
        self.write("net/a.py", "# TO" + "DO\n")
        failing = run(self.root)
        self.assertEqual((failing.returncode, failing.stdout), (1, "net/a.py:1: a leftover\n"))
        self.write("net/a.py", "")
        passing = run(self.root)
        self.assertEqual((passing.returncode, passing.stdout), (0, "tidy: clean\n"))


if __name__ == "__main__":
    unittest.main()
