"""Which files may be compiled as one: those that can't be in each other's way."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts" / "cmake"))
import unity_groups  # noqa: E402: found only by the line above


class Groups(unittest.TestCase):
    def groups(self, *texts, at_most=10):
        """The groups of files with these texts, by the files' numbers."""
        with tempfile.TemporaryDirectory() as folder:
            files = [pathlib.Path(folder) / str(number) for number in range(len(texts))]
            for file, text in zip(files, texts):
                file.write_text(text)
            return [[int(pathlib.Path(file).name) for file in group]
                    for group in unity_groups.groups(files, at_most)]

    def own(self, line):
        """A file that has the line in its anonymous namespace."""
        return f"namespace gateway {{\nnamespace {{\n\n{line}\n\n}} // namespace\nint open() {{\n"

    def test_files_without_a_common_name_are_one(self):
        self.assertEqual(self.groups(self.own("int a = 1;"), self.own("int b = 1;")), [[0, 1]])

    def test_what_two_files_name_alike_keeps_them_apart(self):
        for line in ("constexpr int same = 1;", "bool same(int x) {", "struct same {",
                     "enum class same { a };", "using same = int;", "std::map<int, X> same;",
                     "Result<void> same(", "constexpr std::array same{1};"):
            with self.subTest(line=line):
                other = self.own("struct same {")
                self.assertEqual(self.groups(self.own(line), other), [[0], [1]])

    def test_a_name_that_the_other_only_mentions_keeps_them_apart_too(self):
        self.assertEqual(
            self.groups(self.own("int same = 1;"), "int f() { return same; }\n"), [[0], [1]])

    def test_comments_strings_and_what_everybody_may_see_do_not(self):
        self.assertEqual(
            self.groups(self.own("int a = 1;"), 'int f(); // a\nauto x = "a";\n'), [[0, 1]])

    def test_a_macro_keeps_files_apart(self):
        self.assertEqual(self.groups("#define same 1\n", "int same;\n"), [[0], [1]])

    def test_what_stands_in_a_namespace_of_its_own_does_not(self):
        def inside(name):
            return (f"namespace gateway {{\nnamespace {name} {{\nnamespace {{\n\nint same = 1;\n"
                    f"}} // namespace\n}} // namespace {name}\n")
        self.assertEqual(self.groups(inside("a"), inside("b")), [[0, 1]])
        self.assertEqual(self.groups(inside("a"), inside("a")), [[0], [1]])
        self.assertEqual(self.groups(inside("a") + self.own("int same;"), inside("b")), [[0], [1]])

    def test_a_group_has_an_end(self):
        self.assertEqual(self.groups("", "", "", at_most=2), [[0, 1], [2]])

    def test_groups_are_as_large_as_each_other(self):
        self.assertEqual(self.groups(*6 * [""], at_most=4), [[0, 1, 2], [3, 4, 5]])


if __name__ == "__main__":
    unittest.main()
