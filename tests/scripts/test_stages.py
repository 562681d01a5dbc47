"""What scripts/test counts, and that nothing it runs can fail unseen."""
import contextlib
import io
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
import stages  # noqa: E402: found only by the line above

CATCH_PASSED = """
===============================================================================
All tests passed (28966 assertions in 60 test cases)
"""
CATCH_ONE = "All tests passed (1 assertion in 1 test case)\n"
CATCH_FAILED = """
===============================================================================
test cases:    48 |    46 passed | 2 failed
assertions: 28868 | 28864 passed | 4 failed
"""
CATCH_ALL_FAILED = "test cases: 1 | 1 failed\nassertions: 1 | 1 failed\n"
CATCH_NONE = "No test cases matched '*x*'\n"
VITEST = """
 Test Files  1 failed | 8 passed (9)
      Tests  1 failed | 2 skipped | 178 passed (181)
   Start at  21:49:42
"""
TAP = """
# tests 9
# suites 0
# pass 5
# fail 1
# cancelled 1
# skipped 1
# todo 1
# duration_ms 12
"""


class Counts(unittest.TestCase):
    def test_catch_is_counted_by_its_last_lines(self):
        rows = [(CATCH_PASSED, (60, 0)), (CATCH_ONE, (1, 0)), (CATCH_FAILED, (46, 2)),
                (CATCH_ALL_FAILED, (0, 1)), (CATCH_NONE, (0, 0)), ("Segmentation fault", (0, 0))]
        for output, expected in rows:
            with self.subTest(output=output):
                self.assertEqual(stages.count_catch(output), expected)

    def test_a_skipped_test_of_node_is_no_passed_one(self):
        self.assertEqual(stages.count_tap(TAP), (5, 4))
        self.assertEqual(stages.count_tap(""), (0, 0))
        left_out = "ok 1 - x # SKIP test name does not match pattern\n# pass 1\n# skipped 1\n"
        self.assertEqual(stages.count_tap(left_out), (1, 0))

    def test_what_the_kernel_forbids_is_neither_passed_nor_failed(self):
        forbidden = "ok 1 - x # SKIP the kernel forbids network namespaces: no\n# skipped 1\n"
        self.assertEqual(stages.count_tap(forbidden), (0, 0))
        self.assertEqual(stages.count_tap("ok 1 - x # SKIP nft is slow\n# skipped 1\n"), (0, 1))

    def test_vitest_is_counted_without_what_a_word_leaves_out(self):
        self.assertEqual(stages.count_vitest(VITEST), (178, 1))
        self.assertEqual(stages.count_vitest("      Tests  12 passed (12)\n"), (12, 0))
        self.assertEqual(stages.count_vitest("No test files found"), (0, 0))

    def test_unittest_is_counted(self):
        self.assertEqual(stages.count_unittest("Ran 12 tests in 0.5s\n\nOK\n"), (12, 0))
        self.assertEqual(
            stages.count_unittest("Ran 3 tests in 1s\n\nFAILED (failures=1, errors=1)\n"), (1, 2))


class Runs(unittest.TestCase):
    def after(self, act):
        """Counts and print of a run in which `act` was done."""
        run = stages.Run()
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            act(run)
        return run.passed, run.failed, printed.getvalue()

    def say(self, text, status=0):
        return [sys.executable, "-c", f"print({text!r}); raise SystemExit({status})"]

    def test_a_command_is_one_test_case(self):
        self.assertEqual(self.after(lambda run: run.check("a", self.say("fine")))[:2], (1, 0))
        passed, failed, printed = self.after(lambda run: run.check("a", self.say("broken", 3)))
        self.assertEqual((passed, failed), (0, 1))
        self.assertIn("broken", printed)

    def test_the_output_of_what_passed_is_not_shown(self):
        self.assertNotIn("fine", self.after(lambda run: run.check("a", self.say("fine")))[2])

    def test_what_the_kernel_forbids_is_said_aloud(self):
        def act(run):
            text = "ok 1 - a cut heals # SKIP the kernel forbids network namespaces\n# skipped 1"
            run.counted("a", self.say(text), stages.count_tap)
        passed, failed, printed = self.after(act)
        self.assertEqual((passed, failed), (0, 0))
        self.assertIn("!! NOT TESTED: a cut heals: the kernel forbids network namespaces", printed)

    def test_a_crash_without_a_count_is_a_failure(self):
        def act(run):
            run.counted("a", self.say("Segmentation fault", 139), stages.count_catch)
        self.assertEqual(self.after(act)[:2], (0, 1))

    def test_a_finding_after_the_last_test_case_is_a_failure(self):
        def act(run):
            run.counted("a", self.say(CATCH_PASSED + "ERROR: LeakSanitizer", 1), stages.count_catch)
        self.assertEqual(self.after(act)[:2], (60, 1))

    def test_a_command_that_outlasts_the_run_is_stopped_and_fails(self):
        def act(run):
            run.began -= stages.MINUTES * 60
            run.check("a", [sys.executable, "-c", "import time; time.sleep(60)"])
        passed, failed, printed = self.after(act)
        self.assertEqual((passed, failed), (0, 1))
        self.assertIn("stopped:", printed)

    def test_the_rooms_that_are_named_have_tests(self):
        for folders in (stages.THREADED, stages.IN_FULL):
            self.assertEqual(len(stages.tests_of(folders)), len(folders))

    def test_unit_tests_with_threads_are_where_the_thread_sanitizer_looks(self):
        threaded = {str(file.parent.relative_to(stages.ROOT))
                    for room in ("net", "persistence", "actors/quota")
                    for file in (stages.ROOT / "tests" / room).rglob("*.test.cpp")
                    if re.search(r"\bstd::j?thread\b|\bStoreThread\b", file.read_text())}
        self.assertEqual(threaded - set(stages.THREADED), set())

    def test_what_a_sanitizer_shortens_runs_whole_without_one(self):
        shortened = {str(file.parent.relative_to(stages.ROOT))
                     for file in (stages.ROOT / "tests").rglob("*.[ch]pp")
                     if "tests/sanitized.hpp" in file.read_text()}
        self.assertEqual(shortened - set(stages.IN_FULL), set())


if __name__ == "__main__":
    unittest.main()
