"""The stages of scripts/test, cheapest first; see its --help.

Every stage counts its test cases and shows the whole output of what failed. The last line is
always `N passed, N failed`.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
MINUTES = float(os.environ.get("GATEWAY_TEST_MINUTES", "58"))  # CI stops everything after 60
AT_A_TIME = 2
# Rooms that have threads of their own or are met by several, and know no CAF: what TSan can judge.
# (The demo's providers live on one thread.) Tests that have one say nothing under it.
THREADED = ["tests/net/http", "tests/net/upstream", "tests/persistence/threads",
            "tests/actors/quota/threads"]
# Rooms whose tests are shortened under a sanitizer, and run whole without one. Other unit tests,
# and end-to-end tests that no time is asked of, run once, under it: to compile and wait for them
# twice took more of CI's hour than they showed.
IN_FULL = ["tests/actors/cluster", "tests/actors/cluster/every_order", "tests/net/dialects",
           "tests/persistence"]
# End-to-end tests that measure time or kill processes by the dozen say nothing under a sanitizer.
TIMED = re.compile(r"^(crash|quota|cluster_quota|bench)")
# Minutes of waiting, for true minutes or for silence: beside everything else.
MINUTE = re.compile(r"^(quota_minute|cluster_silence)")
# Bounds of about a second, or on memory: too tight for an executable under a sanitizer. And a
# package is made of one without.
BOUNDED = re.compile(r"^(cancel|timeouts|stream_crowd|what_if_long|package)")
# Of Node's tests: the name, and the milliseconds it took. CI's hour goes where the slow ones are.
TIMES = re.compile(r"^(?:not )?ok \d+ - (.*)\n +---\n +duration_ms: ([\d.]+)$", re.M)
SLOW = 25_000
# End-to-end tests with series that are shortened under a sanitizer, and run whole without one.
SERIES = re.compile(r"^config\.")
# The one reason for which a test may be left out: it counts neither way, and is said aloud.
FORBIDDEN = re.compile(r"^ *ok \d+ - (.*) # SKIP (the kernel forbids .*)$", re.M)


class Run:
    """One run of scripts/test: its clock and its counts."""

    def __init__(self):
        self.began = time.monotonic()
        self.passed = 0
        self.failed = 0
        self.noting = threading.Lock()

    def seconds_left(self):
        return max(1.0, MINUTES * 60 - (time.monotonic() - self.began))

    def execute(self, command, environment=None, beside=False):
        """Runs a command in a process group of its own: its status, all it said, its seconds.

        beside: with what time others leave, as something else runs that is in a hurry.
        """
        began = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, text=True, errors="replace",
            env={**os.environ, **(environment or {})}, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if beside:
            give_way(process)
        try:
            output, _ = process.communicate(timeout=self.seconds_left())
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            output = process.communicate()[0] + f"\nstopped: {MINUTES:g} minutes are over\n"
        return process.returncode, output, time.monotonic() - began

    def note(self, name, passed, failed, output, seconds):
        with self.noting:
            self.passed += passed
            self.failed += failed
            print(f"   {name}: {passed} passed, {failed} failed ({seconds:.1f} s)", flush=True)
            for test, why in FORBIDDEN.findall(output):
                print(f"   !! NOT TESTED: {test}: {why}", flush=True)
            for test, took in TIMES.findall(output):
                if float(took) > SLOW:
                    print(f"      slow: {test} ({float(took) / 1000:.0f} s)", flush=True)
            if failed:
                print(output.rstrip(), flush=True)

    def check(self, name, command, environment=None):
        """A command that is one test case by itself."""
        status, output, seconds = self.execute(command, environment)
        self.note(name, int(status == 0), int(status != 0), output, seconds)
        return status == 0

    def counted(self, name, command, count, environment=None):
        """A command whose output says how many test cases passed and failed."""
        status, output, seconds = self.execute(command, environment)
        passed, failed = count(output)
        # A crash, or a sanitizer's finding at the end, is a failure that no test case is.
        failed += int(status != 0 and failed == 0)
        self.note(name, passed, failed, output, seconds)


def give_way(process):
    """Lowest priority, also where the kernel shares time between sessions before processes."""
    os.setpriority(os.PRIO_PGRP, process.pid, 19)
    try:
        pathlib.Path(f"/proc/{process.pid}/autogroup").write_text("19")
    except OSError:
        pass


def count_unittest(output):
    ran = re.search(r"^Ran (\d+) tests?", output, re.M)
    failed = sum(int(n) for n in re.findall(r"(?:failures|errors)=(\d+)", output))
    return (int(ran[1]) if ran else 0) - failed, failed


def count_catch(output):
    """Catch2's last lines; what it says of a run without a matching test is no count."""
    if whole := re.search(r"^All tests passed \(.* in (\d+) test cases?\)", output, re.M):
        return int(whole[1]), 0
    cases = re.findall(r"^test cases:(.*)$", output, re.M)
    parts = dict(reversed(part.split()[:2]) for part in cases[-1].split("|")[1:]) if cases else {}
    return int(parts.get("passed", 0)), int(parts.get("failed", 0))


def count_tap(output):
    def last(word):
        found = re.findall(rf"^# {word} (\d+)$", output, re.M)
        return int(found[-1]) if found else 0
    # Node 20 takes tests that a word leaves out for skipped ones.
    left_out = output.count("# SKIP test name does not match pattern")
    left_out += len(FORBIDDEN.findall(output))
    skipped = last("skipped") - left_out
    return last("pass"), last("fail") + last("cancelled") + skipped + last("todo")


def count_vitest(output):
    """Vitest's summary: `Tests  1 failed | 180 passed (181)`."""
    found = re.findall(r"^\s*Tests  (.*)$", output, re.M)

    def number(word):
        counted = re.search(rf"(\d+) {word}", found[-1]) if found else None
        return int(counted[1]) if counted else 0
    return number("passed"), number("failed")


def stage(title):
    print(f"== {title}", flush=True)


def checks(run):
    stage("checks")
    run.check("format", ["scripts/format", "--check"])
    run.check("layers", ["scripts/check-layers.py"])
    run.check("tidy", ["scripts/check-tidy.py"])
    run.counted(
        "the checks' own tests",
        [sys.executable, "-m", "unittest", "discover", "-s", "tests/scripts", "-p", "test_*.py"],
        count_unittest)


def models(run, words=()):
    """What no test of the code can: every order of events, in models that spin searches."""
    run.counted(
        "models",
        [sys.executable, "-m", "unittest", "discover", "-s", "tests/model",
         *(part for word in words for part in ("-k", word))],
        count_unittest)


def build(run, kind, targets=(), beside=False):
    options = [] if kind == "release" else ["--sanitize", kind]
    status, output, seconds = run.execute(
        ["scripts/build", *options, "--tests", *targets], beside=beside)
    if status != 0:
        run.note(f"build, {kind}", 0, 1, output, seconds)
        return False
    print(f"== build, {kind}: {seconds:.0f} s", flush=True)
    return True


def build_release(run, names=None):
    """The build that most tests are for, or those named, with the check of what was linked."""
    targets = [] if names is None else [
        "llm-gateway", "check-routes", "make-history", *(f"test-{name}" for name in names)]
    if not build(run, "release", targets):
        return False
    run.check("symbols", ["scripts/check-symbols.py"])
    return True


def environment_of(kind):
    folder = ROOT / "build" / kind
    # What a long series shows in the plain build, a short one looks through under a sanitizer.
    series = {} if kind == "release" else {"CONFIG_VERSIONS": "150", "CONFIG_KILLS": "6"}
    return {
        **series,
        "GATEWAY_EXECUTABLE": str(folder / "llm-gateway"),
        **{f"{name}_SYMBOLIZER_PATH": "/usr/lib/llvm-16/bin/llvm-symbolizer"
           for name in ("ASAN", "UBSAN", "TSAN", "LSAN")},
        "ASAN_OPTIONS": "detect_stack_use_after_return=1",
        "LSAN_OPTIONS": f"suppressions={ROOT}/scripts/lsan.supp print_suppressions=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "TSAN_OPTIONS": f"suppressions={ROOT}/scripts/tsan.supp second_deadlock_stack=1",
    }


def unit_binaries(kind):
    """Name and command of every test that CMake knows in that build."""
    listed = subprocess.run(
        ["ctest", "--test-dir", ROOT / "build" / kind, "--show-only=json-v1"],
        capture_output=True, text=True, check=True)
    tests = json.loads(listed.stdout)["tests"]
    return [(test["name"], test["command"]) for test in tests if "command" in test]


def unit(run, kind, words=(), names=None, at_a_time=AT_A_TIME):
    """All binaries of unit tests, or those named."""
    stage(f"unit tests, {kind}")
    wanted = [f"*{word}*,[{word}]" for word in words]
    # The longest first, so that nothing is waited for at the end.
    binaries = sorted(unit_binaries(kind), key=lambda one: one[0] not in ("cluster", "every-order"))
    with concurrent.futures.ThreadPoolExecutor(at_a_time) as workers:
        started = [
            workers.submit(
                run.counted, name, [*command, *wanted], count_catch, environment_of(kind))
            for name, command in binaries if names is None or name in names]
        for one in started:
            one.result()


def tests_of(folders):
    """Names of the test binaries of those rooms."""
    listed = (ROOT / folder / "CMakeLists.txt" for folder in folders)
    return [re.search(r"gateway_tests\(\s*(\S+)", file.read_text())[1]
            for file in listed if file.exists()]


def take_packages(run, folder):
    """What the lock file of the folder names, where it is not there; False where that failed."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return True
    status, output, seconds = run.execute(["npm", "ci", "--prefix", folder])
    if status != 0:
        run.note("npm ci", 0, 1, output, seconds)
        return False
    installed.touch()  # npm keeps the time that it has in its cache
    return True


def node_tests(run, kind, name, wanted, words=(), at_a_time=1):
    """Those of Node's tests, with real clients against the real executable, that are wanted."""
    folder = ROOT / "tests" / "e2e"
    if not take_packages(run, folder):
        return
    run.counted(
        name,
        ["node", "--test", "--test-reporter=tap", f"--test-concurrency={at_a_time}",
         *(f"--test-name-pattern={word}" for word in words),
         *(file for file in sorted(folder.glob("*.test.mjs")) if wanted(file.name))],
        count_tap, environment_of(kind))


def is_for_any_build(name):
    return not any(names.match(name) for names in (TIMED, MINUTE, BOUNDED))


def official_client(run, kind, words=()):
    node_tests(run, kind, "with the official client", is_for_any_build, words)


def release_alone(run, words=()):
    """What says nothing under a sanitizer."""
    node_tests(run, "release", "bounds", BOUNDED.match, words)
    # Side by side: they wait more than they work.
    node_tests(run, "release", "crash and quota",
               lambda name: TIMED.match(name) and not MINUTE.match(name), words, 3)


def true_minute(run, words=()):
    node_tests(run, "release", "true minutes", MINUTE.match, words, AT_A_TIME)


def dashboard(run, words=()):
    """The dashboard: its types, its logic, and itself in a browser on the real executable."""
    folder = ROOT / "ui"
    stage("dashboard")
    if not take_packages(run, folder) or not take_packages(run, ROOT / "tests" / "e2e"):
        return
    run.check("vue-tsc", ["npm", "--prefix", folder, "run", "check"])
    run.counted(
        "vitest",
        ["npm", "--prefix", folder, "run", "test", "--",
         *(f"--testNamePattern={word}" for word in words)],
        count_vitest, {"NO_COLOR": "1"})
    run.counted(
        "in a browser",
        ["node", "--test", "--test-reporter=tap", "--test-concurrency=1",
         *(f"--test-name-pattern={word}" for word in words),
         *(folder / "tests" / f"{name}.mjs" for name in (
             "e2e", "trace", "nodes", "faults", "requests", "request", "provider", "cluster"))],
        count_tap, environment_of("release"))


def everything(run):
    """Builds go on beside the tests of what was built before, which wait more than they work."""
    checks(run)
    with concurrent.futures.ThreadPoolExecutor() as beside:
        # Beside the one build that no test is timed beside.
        searched = beside.submit(models, run)
        is_built = build_release(run, tests_of(IN_FULL))
        searched.result()
        if is_built:
            minute = beside.submit(true_minute, run)
            address = beside.submit(build, run, "address", beside=True)
            unit(run, "release", names=tests_of(IN_FULL))
            dashboard(run)
            stage("end to end, release")
            node_tests(run, "release", "whole series", SERIES.match)
            release_alone(run)
            minute.result()
            built = address.result()
        else:
            built = build(run, "address")
        thread = beside.submit(build_threads, run, beside=True)
        if built:
            units = beside.submit(unit, run, "address", at_a_time=1)
            stage("end to end, address")
            official_client(run, "address")
            units.result()
        if thread.result():
            unit(run, "thread", names=tests_of(THREADED))


def build_threads(run, beside=False):
    return build(run, "thread", [f"test-{name}" for name in tests_of(THREADED)], beside)


def quick(run):
    checks(run)
    if run.failed == 0 and build_release(run):
        unit(run, "release")


def matching(run, word):
    models(run, words=[word])
    if build(run, "release"):
        unit(run, "release", words=[word])
        dashboard(run, words=[word])
        stage("end to end, release")
        official_client(run, "release", words=[word])
        release_alone(run, words=[word])
        true_minute(run, words=[word])


def sanitized(run, kind):
    if kind == "thread":
        if build_threads(run):
            unit(run, "thread", names=tests_of(THREADED))
    elif build(run, kind):
        unit(run, kind)
        stage(f"end to end, {kind}")
        official_client(run, kind)


def main():
    asked = argparse.ArgumentParser(
        prog="scripts/test", description="Runs the tests, cheapest first; without arguments all.")
    asked.add_argument("what", nargs="?", choices=["quick"],
                       help="checks and unit tests of the release build, before a commit")
    asked.add_argument("-k", metavar="WORD", help="tests whose name or tag contains the word")
    asked.add_argument("--sanitize", choices=["address", "thread"],
                       help="the tests that make sense under it")
    asked = asked.parse_args()
    run = Run()
    if asked.sanitize:
        sanitized(run, asked.sanitize)
    elif asked.k:
        matching(run, asked.k)
    elif asked.what:
        quick(run)
    else:
        everything(run)
    print(f"{run.passed} passed, {run.failed} failed", flush=True)
    return 1 if run.failed or not run.passed else 0


if __name__ == "__main__":
    sys.exit(main())
