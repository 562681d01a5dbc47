"""The table of failures in tests/README.md names files and tests that are there."""
import pathlib
import re
import unittest

TESTS = pathlib.Path(__file__).resolve().parents[1]
TITLE = re.compile(r"""\b(?:TEST_CASE|test)\(\s*(["'`])(.*?)\1""", re.S)
NAMED = re.compile(r"`([\w./]+\.test\.(?:cpp|mjs))`(?: \([^)]*\))?(?:: (.*))?$")


def titles(file):
    """What the tests of a file are called; what is filled in when it runs may be anything."""
    names = (name for _, name in TITLE.findall(file.read_text(encoding="utf-8")))
    return [re.compile(re.sub(r"\\\$\\\{\w+\\\}", r"\\S+", re.escape(name))) for name in names]


def named():
    """Every file of the tables, with the names of tests behind it."""
    for line in (TESTS / "README.md").read_text(encoding="utf-8").splitlines():
        cells = line.split(" | ")
        if len(cells) < 2 or not line.startswith("| "):
            continue
        for part in cells[1].split(" · "):
            found = NAMED.match(part.removesuffix(" |").strip())
            if found:
                tests = re.sub(r" \([^)]*\)", "", found[2] or "")
                yield found[1], [name.strip() for name in tests.split(";") if name.strip()]


class Readme(unittest.TestCase):
    def test_what_the_table_names_is_there(self):
        rows = list(named())
        self.assertGreater(len(rows), 60)
        for path, tests in rows:
            with self.subTest(path=path):
                self.assertTrue((TESTS / path).is_file())
                known = titles(TESTS / path)
                for name in tests:
                    self.assertTrue(any(one.fullmatch(name) for one in known), name)

    def test_a_part_of_the_table_that_names_nothing_is_seen(self):
        text = (TESTS / "README.md").read_text(encoding="utf-8")
        self.assertEqual(
            len(re.findall(r"`[\w./]+\.test\.(?:cpp|mjs)`", text)), len(list(named())))


if __name__ == "__main__":
    unittest.main()
