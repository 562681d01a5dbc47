#!/usr/bin/python3
"""Writes a YAML file as JSON on one line, its keys in their order.

usage: scripts/yaml-to-json.py FROM TO

Run by Debian's own python3, which has python3-yaml; the first one in PATH may be another.
"""
import json
import pathlib
import sys

import yaml

source, target = map(pathlib.Path, sys.argv[1:])
read = yaml.safe_load(source.read_text(encoding="utf-8"))
target.write_text(json.dumps(read, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
