"""The symbol check finds what two objects both define, and nothing that they may share."""
import importlib.util
import pathlib
import subprocess
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check-symbols.py"


def load(path):
    spec = importlib.util.spec_from_file_location("checked", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


symbols = load(SCRIPT)

SHARED = """
inline int shared() { static int calls = 0; return ++calls; }
template <class T> T twice(T x) { return x + x; }
struct Shape { virtual ~Shape() = default; };
namespace { int hidden() { return 1; } }
static int also_hidden = 2;
"""
USED = "{ Shape shape; return shared() + twice(1) + hidden() + also_hidden; }"


class Objects(unittest.TestCase):
    def faults_of(self, **sources):
        with tempfile.TemporaryDirectory() as folder:
            objects = []
            for name, text in sources.items():
                source = pathlib.Path(folder, name + ".cpp")
                source.write_text(text, encoding="utf-8")
                objects.append(source.with_suffix(".o"))
                subprocess.run(["g++", "-c", source, "-o", objects[-1]], check=True)
            return [fault.replace(folder, "F") for fault in symbols.faults(objects)]

    def test_functions_that_differ_in_what_they_return_are_found(self):
        self.assertEqual(
            self.faults_of(demo="int reply(int x) { return x; }",
                           dialect="char reply(int) { return 'x'; }"),
            ["reply(int): defined in F/demo.o and in F/dialect.o"])

    def test_a_variable_is_found_like_a_function(self):
        self.assertEqual(
            self.faults_of(one="int bound = 1;", two="int bound = 2;"),
            ["bound: defined in F/one.o and in F/two.o"])

    def test_an_inline_function_beside_one_that_is_not_is_found(self):
        self.assertEqual(
            self.faults_of(one="int f() { return 1; }",
                           two="inline int f() { return 2; } int g() { return f(); }"),
            ["f(): defined in F/one.o and in F/two.o"])

    def test_what_sources_may_share_is_no_fault(self):
        self.assertEqual(
            self.faults_of(one=SHARED + "int one()" + USED, two=SHARED + "int two()" + USED), [])


if __name__ == "__main__":
    unittest.main()
