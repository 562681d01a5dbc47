#!/usr/bin/env python3
"""Fails when a file includes a room above its own, or a library its room may not know.

usage: scripts/check-layers.py [ROOT]
"""
import pathlib
import re
import sys

BASE = ["net/base"]
PURE = BASE + ["net/unified", "actors"]
RECORD = "persistence/request_record.hpp"  # the record's vocabulary: a struct, no file is touched
# What was counted, in memory.
TOTALS = [
    RECORD, "persistence/day.hpp", "persistence/latency_sketch.hpp",
    "persistence/usage_counters.hpp", "persistence/usage_names.hpp", "persistence/usage_span.hpp",
    "persistence/usage_speeds.hpp", "persistence/usage_totals.hpp",
    "persistence/usage_value_speeds.hpp"]
# How a record is named, and found among others.
ROWS = [
    "persistence/index_block.hpp", "persistence/record_line.hpp", "persistence/request_filter.hpp"]

# Room (a folder, or a file's stem) -> what it may include besides itself. The longest match counts.
ROOMS = {
    "net/base": [],
    "net/unified": BASE,
    "net/dialects": BASE + ["net/unified"],
    "net/http": BASE,
    "net/upstream": BASE + ["net/http"],
    "net/peer": BASE,
    "net/demo": BASE + ["net/http"],
    "persistence": BASE,
    "actors": PURE,  # pure logic beside an actor
    "actors/config": PURE + [
        "net/dialects/dialect.hpp", "net/dialects/dialects.def", "net/upstream/origin.hpp"],
    "actors/cluster": PURE + ["persistence/raft_record.hpp"],
    "actors/ledger": PURE + [RECORD],
    "actors/what_if": PURE + [RECORD],
    "actors/dashboard": PURE + TOTALS + ROWS,
    "actors/runtime": PURE + ["net/http", "net/peer", "persistence"],
    "actors/api": ["net", "actors", "persistence"],
    "actors/node": ["net", "actors", "persistence"],
}

# The shells of a folder, which alone know CAF there, and what else they may know.
SHELL = re.compile(r"^actors/(\w+)/\w+_actor\.cpp$")
SHELL_ALSO = {
    "config": ["persistence"],
    "events": ["persistence"],
    "ledger": ["persistence"],
    "cluster": ["net/peer", "persistence"],
    "what_if": ["persistence"],
}
NOT_PURE = ("actors/runtime", "actors/api", "actors/node")

# Library -> the rooms that may know it.
LIBRARIES = {
    "caf/": ["actors/runtime", "actors/node", "tests", "scripts/cmake/pch"],
    "boost/asio": [
        "net/http", "net/upstream", "net/peer", "net/demo", "actors/runtime", "actors/api",
        "actors/node", "tests", "scripts/cmake/pch"],
    "boost/beast": ["net/http", "net/upstream", "tests"],
    "openssl/": [
        "net/http/tls", "net/http/tls_layer", "net/upstream/tls_roots", "net/upstream/dial",
        "net/peer", "actors/runtime/tls_errors", "actors/runtime/tls_files",
        "net/dialects/aws_signature", "net/demo/voices/bedrock_signature",
        "actors/keys/virtual_key", "actors/admins/session_token", "tests"],
    "raft": [
        "actors/cluster/raft_library", "tests"],
    "simdjson": ["net/unified", "net/dialects", "persistence", "tests", "scripts/cmake/pch"],
    "nlohmann/": [
        "net/unified", "net/dialects", "net/demo", "persistence", "actors/config",
        "actors/dashboard", "actors/api", "actors/node", "tests", "scripts/cmake/pch"],
    "spdlog/": ["net/base/log"],
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)', re.M)


def within(path, rooms):
    return any(path == room or path.startswith((room + "/", room + ".")) for room in rooms)


def faults_of(path, text):
    """What is wrong with one file, as lines for a person."""
    room = max((r for r in ROOMS if within(path, [r])), key=len, default=None)
    shell = SHELL.match(path)
    may = [room, *ROOMS[room]] if room else []
    if shell:
        may += ["actors", *SHELL_ALSO.get(shell[1], [])]
    is_pure = room is not None and room.startswith("actors") and not shell and room not in NOT_PURE
    for bracket, target in INCLUDE.findall(text):
        if bracket == '"' and room and not within(target, may):
            yield f"{path}: may not include {target}"
        elif bracket == '"' and is_pure and target.startswith("actors/runtime/"):
            yield f"{path}: pure logic may not include {target}"
        for library, allowed in LIBRARIES.items():
            known = within(path, allowed) or (shell and library == "caf/")
            if bracket == "<" and target.startswith(library) and not known:
                yield f"{path}: {library} is not known in this room"


def faults(root):
    folders = ("net", "persistence", "actors", "tests", "scripts")
    for folder in folders:
        for file in sorted((root / folder).rglob("*.[hc]pp")):
            path = file.relative_to(root).as_posix()
            yield from faults_of(path, file.read_text(encoding="utf-8"))


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parent.parent
    found = list(faults(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here))
    print("\n".join(found) or "layers: clean")
    sys.exit(bool(found))
