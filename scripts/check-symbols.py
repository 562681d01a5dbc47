#!/usr/bin/env python3
"""Fails when two objects of the executable define one symbol that others can link to.

From static libraries the linker takes the first it finds and says nothing of the second, not even
where the two differ in what they return.

usage: scripts/check-symbols.py [BUILD]     the folder of a finished build; default build/release
"""
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# Of these the compiler may leave a copy in every object: inline functions, templates, vtables.
MAY_BE_REPEATED = set("WVu")


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def objects(build):
    """All that the executable is made from, whichever library it lies in."""
    inputs = output("ninja", "-C", build, "-t", "inputs", "llm-gateway")
    # A program that must have run before it is linked is an input too, and no part of it.
    return [build / line for line in inputs.splitlines()
            if line.endswith(".o") and "/check-routes.dir/" not in line]


def repeated(listing):
    """Symbol -> objects, of the output of `nm -A -P`: those that had to be the only one."""
    places = {}
    for line in listing.splitlines():
        file, rest = line.split(": ", 1)
        name, kind = rest.split(" ")[:2]
        places.setdefault(name, []).append((file, kind))
    return {name: [file for file, _ in found] for name, found in places.items()
            if len(found) > 1 and any(kind not in MAY_BE_REPEATED for _, kind in found)}


def faults(files):
    listing = output("nm", "-A", "-P", "--extern-only", "--defined-only", *files)
    for name, places in repeated(listing).items():
        yield f"{output('c++filt', name).strip()}: defined in " + " and in ".join(places)


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build" / "release"
    found = list(faults(objects(folder)))
    print("\n".join(found) or "symbols: clean")
    sys.exit(bool(found))
