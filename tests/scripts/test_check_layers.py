"""The layer check finds planted faults, and nothing where there is none."""
import importlib.util
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "check-layers.py"


def load(path):
    spec = importlib.util.spec_from_file_location("checked", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


layers = load(SCRIPT)

PLANTED = [
    ("net/base/log.cpp", '#include "net/http/stream.hpp"', "may not include net/http/stream.hpp"),
    ("net/unified/chat.hpp", '#include "net/dialects/dialect.hpp"', "may not include"),
    ("net/dialects/openai.cpp", '#include "net/http/sse.hpp"', "may not include"),
    ("net/http/session.cpp", '#include "actors/api/call.hpp"', "may not include"),
    ("net/http/session.cpp", '#include "net/unified/chat.hpp"', "may not include"),
    ("net/upstream/dial.cpp", '#include "net/unified/chat.hpp"', "may not include"),
    ("net/demo/provider.cpp", '#include "net/dialects/dialect.hpp"', "may not include"),
    ("net/demo/provider.cpp", '#include "net/upstream/upstream.hpp"', "may not include"),
    ("persistence/journal.cpp", '#include "net/unified/usage.hpp"', "may not include"),
    ("persistence/journal.cpp", '#include "actors/ledger/pricing.hpp"', "may not include"),
    ("actors/quota/book.cpp", '#include "persistence/journal.hpp"', "may not include"),
    ("actors/quota/book.cpp", '#include "net/http/stream.hpp"', "may not include"),
    ("actors/quota/book.cpp", '#include "actors/runtime/messages.hpp"', "pure logic may not"),
    ("actors/config/document.cpp", '#include "net/dialects/splice.hpp"', "may not include"),
    ("actors/router/router_actor.cpp", '#include "persistence/journal.hpp"', "may not include"),
    ("actors/provider/health.cpp", "#include <caf/actor.hpp>", "caf/ is not known"),
    ("actors/api/call.cpp", "#include <caf/actor.hpp>", "caf/ is not known"),
    ("actors/provider/provider_actor.cpp", "#include <boost/asio/post.hpp>", "boost/asio is not"),
    ("net/dialects/openai.cpp", "#include <boost/asio/buffer.hpp>", "boost/asio is not known"),
    ("net/http/session.cpp", "#include <openssl/ssl.h>", "openssl/ is not known"),
    ("net/http/session.cpp", "  #  include <nlohmann/json.hpp>", "nlohmann/ is not known"),
    ("actors/quota/book.cpp", "#include <simdjson.h>", "simdjson is not known"),
    ("actors/node/main.cpp", "#include <spdlog/spdlog.h>", "spdlog/ is not known"),
]

CLEAN = [
    ("net/base/log.cpp", "#include <spdlog/spdlog.h>"),
    ("net/http/tls_layer.cpp", "#include <openssl/ssl.h>"),
    ("net/upstream/dial.cpp", '#include "net/http/stream.hpp"'),
    ("net/demo/provider.cpp", "#include <nlohmann/json.hpp>"),
    ("actors/quota/book.cpp", '#include "actors/config/document.hpp"'),
    ("actors/config/document.cpp", '#include "net/dialects/dialect.hpp"'),
    ("actors/ledger/pricing.cpp", '#include "persistence/request_record.hpp"'),
    ("actors/ledger/ledger_actor.cpp", '#include "persistence/journal.hpp"'),
    ("actors/ledger/ledger_actor.cpp", '#include "actors/runtime/messages.hpp"'),
    ("actors/ledger/ledger_actor.cpp", "#include <caf/actor.hpp>"),
    ("actors/api/call.cpp", '#include "net/upstream/upstream.hpp"'),
    ("actors/node/main.cpp", '#include "net/demo/demo.hpp"'),
    ("tests/actors/quota/book.test.cpp", '#include "net/http/stream.hpp"'),
]


def run(root):
    return subprocess.run([sys.executable, SCRIPT, root], capture_output=True, text=True)


class Layers(unittest.TestCase):
    def test_each_planted_fault_is_found(self):
        for path, line, expected in PLANTED:
            with self.subTest(path=path, line=line):
                found = list(layers.faults_of(path, f"#pragma once\n{line}\nint x;\n"))
                self.assertEqual(len(found), 1, found)
                self.assertIn(path, found[0])
                self.assertIn(expected, found[0])

    def test_what_is_allowed_raises_no_alarm(self):
        for path, line in CLEAN:
            with self.subTest(path=path, line=line):
                self.assertEqual(list(layers.faults_of(path, line + "\n")), [])

    def test_a_file_whose_name_begins_like_an_allowed_one_is_another_file(self):
        found = list(layers.faults_of("net/base/logger.cpp", "#include <spdlog/spdlog.h>\n"))
        self.assertEqual(found, ["net/base/logger.cpp: spdlog/ is not known in this room"])

    def test_the_script_walks_a_tree_and_fails_for_it(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "net", "base", "log.cpp")
            file.parent.mkdir(parents=True)
            file.write_text('#include "net/http/stream.hpp"\n')
            failing = run(folder)
            self.assertEqual(failing.returncode, 1)
            self.assertIn("net/base/log.cpp: may not include", failing.stdout)
            file.write_text("#include <string>\n")
            passing = run(folder)
            self.assertEqual((passing.returncode, passing.stdout), (0, "layers: clean\n"))


if __name__ == "__main__":
    unittest.main()
