"""What spin says of write_off.pml: the rules of R6 hold, and each of them is needed.

usage: python3 -m unittest discover -s tests/model [-k WORD]
       WRITE_OFF_LARGE=1 …        the sizes too that take minutes and gigabytes
"""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

MODEL = pathlib.Path(__file__).resolve().parent / "write_off.pml"
SECONDS = 3000 if "WRITE_OFF_LARGE" in os.environ else 900
MEGABYTES = 12000 if "WRITE_OFF_LARGE" in os.environ else 1900
DEEPEST = 1_000_000

# What fails where a rule is missing.
USED_TWICE = "sum<="
NOT_CONSERVED = "sum=="
TOLD_WRONG = "more>="

FOUR = ["N=4", "T_MOST=1", "ONLY_WITH_K"]
LONG = ["OPEN=3", "MARGIN=1", "T_MOST=1"]

HOLDS = {
    "three_nodes_write_off_one_of_them": ["GIVEN_MOST=2"],
    "two_permits_are_as_safe_as_one": ["LIMIT=2", "GIVEN_MOST=2", "T_MOST=1"],
    "windows_may_be_longer_than_t_out": ["OPEN=2", "T_MOST=1"],
    "four_nodes_write_off_a_plain_member_with_one_voter_against_it": FOUR,
    "two_that_are_lost_go_together_or_one_by_itself": ["KS=2", "VOTER_MASK=1"],
    "hosts_crash_and_books_are_lost_meanwhile": ["HOST_CRASH_OF=7", "T_MOST=1", "ONLY_WITH_K"],
    "two_are_lost_and_one_of_them_had_lost_its_book":
        ["KS=2", "VOTER_MASK=1", "T_MOST=1", "HOST_CRASH_OF=4"],
    "a_write_off_is_given_up_and_the_node_comes_back": ["ABANDON"],
    "it_is_given_up_while_hosts_crash": ["ABANDON", "HOST_CRASH_OF=5", "T_MOST=1", "ONLY_WITH_K"],
    "voters_change_meanwhile": ["VOTERS_CHANGE"],
    "t_out_is_lowered_meanwhile": ["T_OUT_FALLS"],
    "t_out_is_raised_meanwhile": ["T_OUT_RISES"],
    "an_operator_says_that_it_is_really_off": ["OPERATOR"],
    "a_long_window_cools_at_the_heir": LONG,
    "a_long_window_cools_at_an_heir_that_lost_its_book": [*LONG, "HOST_CRASH_OF=2"],
}

LARGE = {
    "four_nodes_with_a_longer_t_out": ["N=4", "ONLY_WITH_K"],
    "hosts_crash_while_all_give_to_all": ["HOST_CRASH_OF=7"],
    "the_host_of_the_first_voter_of_four_nodes_crashes": [*FOUR, "HOST_CRASH_OF=1"],
    "two_permits_with_a_longer_t_out": ["LIMIT=2", "GIVEN_MOST=2"],
    "two_are_lost_and_hosts_crash":
        ["KS=2", "VOTER_MASK=1", "T_MOST=1", "HOST_CRASH_OF=6", "ONLY_WITH_K"],
}

REMOVED = {
    "a_node_that_uses_without_contact": (["NO_CONTACT"], USED_TWICE),
    "contact_counted_from_when_an_echo_came": (["COUNT_FROM_ARRIVAL"], USED_TWICE),
    "a_start_that_counts_as_contact": (["RESTART_IS_CONTACT"], USED_TWICE),
    "an_echo_of_what_an_older_process_sent":
        (["OPERATOR", "OLDER_PROCESS_COUNTS"], USED_TWICE),
    "a_voter_that_waits_a_tick_less": (["WAITS_LESS=1"], USED_TWICE),
    "a_voter_that_takes_its_start_for_silence": (["START_IS_SILENCE"], USED_TWICE),
    "a_voter_that_agrees_and_echoes_on": (["AGREES_AND_ECHOES"], USED_TWICE),
    "a_voter_whose_host_forgets_that_it_agreed":
        (["CLOSED_IN_BOOK_ONLY", "HOST_CRASH_OF=1"], USED_TWICE),
    "one_voter_instead_of_a_majority": (["ONE_VOTER_IS_ENOUGH"], USED_TWICE),
    "only_the_voters_in_force_now":
        (["VOTERS_CHANGE", "CURRENT_VERSION_ONLY"], USED_TWICE),
    "only_the_voters_that_the_lost_node_knows_now":
        (["VOTERS_CHANGE", "VERSION_AS_KNOWN_NOW"], USED_TWICE),
    "only_the_t_out_in_force_now": (["T_OUT_FALLS", "CURRENT_VERSION_ONLY"], USED_TWICE),
    "an_agreement_by_a_t_out_that_was_raised_since":
        (["T_OUT_RISES", "AGREED_ONCE"], USED_TWICE),
    "members_that_tell_and_go_on_receiving": (["TELLS_OPEN"], TOLD_WRONG),
    "a_member_whose_host_forgets_that_it_told":
        (["TELLER_CLOSES_IN_BOOK_ONLY", "VOTER_MASK=1", "HOST_CRASH_OF=2"], TOLD_WRONG),
    "an_entry_that_does_not_wait_for_all_to_tell": (["NOT_ALL_TELL"], TOLD_WRONG),
    "an_heir_that_takes_what_the_record_says_alone": (["HEIR_TAKES_INIT_ONLY"], NOT_CONSERVED),
    "somebody_else_as_heir_than_who_lost_its_book":
        (["BLANK_IS_NO_HEIR", "HOST_CRASH_OF=2"], USED_TWICE),
    "an_heir_that_uses_a_long_window_at_once": ([*LONG, "HEIR_USES_AT_ONCE"], USED_TWICE),
    "an_heir_without_a_book_that_cools_from_its_start":
        ([*LONG, "HOST_CRASH_OF=2", "LOST_HEIR_COOLS_FROM_ITS_START"], USED_TWICE),
    "a_node_that_returns_with_its_book": (["RETURNS_WITH_BOOK"], NOT_CONSERVED),
    "a_newer_life_that_is_heard_while_the_write_off_goes_on":
        (["ABANDON", "NEW_LIFE_IS_OPEN"], USED_TWICE),
    "words_of_a_write_off_that_was_given_up": (["ABANDON", "OLD_ROUND_COUNTS"], USED_TWICE),
    "an_operator_s_word_counted_from_the_silence_before_it":
        (["OPERATOR", "OFF_SINCE_SILENCE"], USED_TWICE),
}

REACHED = {
    "the_heir_uses_what_the_lost_node_held": ["REACHES=1"],
    "a_node_that_was_written_off_uses_as_a_new_member": ["REACHES=2"],
    "a_node_whose_write_off_was_given_up_uses_its_share_again": ["REACHES=3", "ABANDON"],
    "who_lost_its_book_inherits_and_has_one_again": ["REACHES=4", "HOST_CRASH_OF=2"],
    "two_nodes_go_by_one_entry": ["REACHES=5", "KS=2", "VOTER_MASK=1"],
}


def verdict(said):
    """None: holds in all states. Else the assertion that does not. Raises: proves nothing."""
    if violated := re.search(r"^pan:\d+: assertion violated (.*) \(at depth", said, re.M):
        return violated[1].strip()
    searched_all = re.search(r"^Full statespace search for:", said, re.M)
    cut_short = re.search(r"Search not completed|max search depth too small|out of memory", said)
    if not searched_all or cut_short or not re.search(r"errors: 0$", said, re.M):
        raise ValueError("this was no exhaustive search:\n" + said)
    return None


def search(switches, deepest=DEEPEST):
    """What pan says of the model with those switches."""
    with tempfile.TemporaryDirectory() as folder:
        # The model is read where it lies, so that its name in what is said is no folder of today's.
        commands = [
            ["spin", "-a", *(f"-D{switch}" for switch in switches), MODEL],
            ["gcc", "-O1", "-w", "-DSAFETY", "-DCOLLAPSE", "-DNOREDUCE", f"-DMEMLIM={MEGABYTES}",
             "-o", "pan", "pan.c"],
        ]
        for command in commands:
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            if done.returncode or "Error" in done.stdout:
                raise ValueError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
        done = subprocess.run(
            ["./pan", f"-m{deepest}", "-w22"], cwd=folder, capture_output=True, text=True,
            check=False, timeout=SECONDS)
        return done.stdout + done.stderr


class WriteOff(unittest.TestCase):
    """A test for every row above; see below."""


def add(prefix, rows, expect):
    for name, row in rows.items():
        setattr(WriteOff, f"test_{prefix}{name}", lambda self, row=row: expect(self, row))


def expect_held(test, switches):
    said = search(switches)
    test.assertIsNone(verdict(said))
    if "WRITE_OFF_NUMBERS" in os.environ:
        states = re.search(r"(\d+) states, stored", said)[1]
        seconds = re.search(r"elapsed time ([\d.]+)", said)
        print(f"{test.id().split('.')[-1]}: {states} states, {seconds[1] if seconds else 0} s")


def expect_violated(test, row):
    switches, assertion = row
    test.assertIn(assertion, verdict(search(switches)) or "nothing is violated")


def expect_reached(test, switches):
    # Its assertion says that this never comes to be.
    test.assertRegex(verdict(search(switches)) or "never", r"^!\(")


add("holds_", HOLDS, expect_held)
add("caught_", REMOVED, expect_violated)
add("possible_", REACHED, expect_reached)
if "WRITE_OFF_LARGE" in os.environ:
    add("holds_large_", LARGE, expect_held)


class Verdict(unittest.TestCase):
    def test_a_search_that_was_cut_short_proves_nothing(self):
        with self.assertRaisesRegex(ValueError, "max search depth too small"):
            verdict(search([], deepest=100))

    def test_what_pan_does_not_say_plainly_proves_nothing(self):
        full = "Full statespace search for:\nState-vector 92 byte, errors: 0\n"
        self.assertIsNone(verdict(full))
        for said in ["", full.replace("errors: 0", "errors: 1"),
                     full.replace("Full", "Bit"), "Warning: Search not completed\n" + full,
                     "pan: reached -DMEMLIM bound\nWarning: Search not completed\n" + full]:
            with self.subTest(said=said), self.assertRaises(ValueError):
                verdict(said)


if __name__ == "__main__":
    unittest.main()
