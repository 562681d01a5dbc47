#include "actors/cluster/raft_message.hpp"

#include "actors/cluster/raft_memory.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace gateway {
namespace {

std::string servers_of(const std::vector<std::string>& names) {
  struct raft_configuration made {};
  raft_configuration_init(&made);
  for (const auto& name : names)
    REQUIRE(raft_configuration_add(&made, raft_server_id(name), name.c_str(), RAFT_VOTER) == 0);
  auto text = servers_text(made);
  raft_configuration_close(&made);
  return text;
}

RaftSnapshot some_snapshot() {
  return {90, 3, 1, servers_of({"a", "b"}), "a document"};
}

std::vector<RaftMessage> one_of_each() {
  RaftAppend append{7, 41, 5, 40, {}};
  append.entries.push_back({5, raft_entry_command, "an edit"});
  append.entries.push_back({7, raft_entry_servers, servers_of({"a", "b", "c"})});
  append.entries.push_back({7, raft_entry_barrier, std::string(8, '\0')});
  return {
    append,
    RaftAppend{1, 0, 0, 0, {{1, raft_entry_servers, servers_of({"a"})}}},
    RaftAppend{9, 12, 9, 12, {}},
    RaftAppendAnswer{7, 0, 44},
    RaftVoteRequest{8, ~std::uint64_t{0}, 44, 7, true, false},
    RaftVoteAnswer{8, true, true},
    RaftInstall{9, some_snapshot()},
    RaftHandOn{9, 44, 7}};
}

} // namespace

TEST_CASE("what document logs say arrives as it was said", "[document log][wire]") {
  for (const auto& message : one_of_each()) {
    CAPTURE(message.index());
    const auto read = decode_raft_message(encode(message));
    REQUIRE(read);
    CHECK(*read == message);
  }
}

TEST_CASE(
  "the library gets every message as it came, and sends it as it is", "[document log][wire]") {
  const RaftServer from{raft_server_id("a"), "a", RaftServer::Role::voter};
  for (const auto& message : one_of_each()) {
    CAPTURE(message.index());
    auto made = raft_message_of(message, from);
    CHECK(made.server_id == from.id);
    CHECK(message_of(made) == message);
    // As the library frees it.
    if (made.type == RAFT_IO_APPEND_ENTRIES && made.append_entries.n_entries > 0) {
      raft_free(made.append_entries.entries[0].batch);
      raft_free(made.append_entries.entries);
    }
    if (made.type == RAFT_IO_INSTALL_SNAPSHOT) {
      raft_configuration_close(&made.install_snapshot.conf);
      raft_free(made.install_snapshot.data.base);
    }
  }
}

TEST_CASE(
  "a message that is cut, too long or of another version is refused", "[document log][wire]") {
  for (const auto& message : one_of_each()) {
    const auto bytes = encode(message);
    for (std::size_t length = 0; length < bytes.size(); ++length)
      CHECK_FALSE(decode_raft_message(bytes.substr(0, length)));
    CHECK_FALSE(decode_raft_message(bytes + '\0'));
    CHECK_FALSE(decode_raft_message('\2' + bytes.substr(1)));
  }
}

TEST_CASE("a message says nothing that the library would fall over", "[document log][wire]") {
  const auto refused = [](const RaftMessage& message) {
    return !decode_raft_message(encode(message));
  };
  const auto append = [](std::uint64_t term, std::vector<RaftEntry> entries) {
    return RaftAppend{term, 1, 1, 0, std::move(entries)};
  };
  const RaftEntry edit{1, raft_entry_command, "an edit"};
  CHECK_FALSE(refused(append(1, {edit})));
  CHECK(refused(append(0, {})));
  CHECK(refused(append(1, {{0, raft_entry_command, "x"}})));
  CHECK(refused(append(1, {{2, raft_entry_command, "x"}})));
  CHECK(refused(append(3, {{3, raft_entry_command, "x"}, edit})));
  CHECK(refused(append(1, {{1, 4, "x"}})));
  CHECK(refused(append(1, {{1, 0, "x"}})));
  CHECK(refused(append(1, {{1, raft_entry_command, ""}})));
  CHECK(refused(append(1, {{1, raft_entry_servers, "x"}})));
  CHECK(refused(append(raft_number_max + 1, {})));
  // The first entry of all lists the servers.
  CHECK(refused(RaftAppend{1, 0, 0, 0, {edit}}));
  CHECK(refused(RaftAppend{1, 0, 1, 0, {}}));
  CHECK(refused(RaftVoteRequest{1, 0, 0, 0, false, false}));
  auto install = RaftInstall{9, some_snapshot()};
  CHECK_FALSE(refused(install));
  install.snapshot.configuration_index = 91;
  CHECK(refused(install));
  install = {2, some_snapshot()};
  CHECK(refused(install));
}

TEST_CASE("lists of servers are read as the library writes them", "[document log][wire]") {
  const auto text = servers_of({"gw-1", "gw-2", "a-node-with-a-longer-name"});
  const auto servers = read_raft_servers(text);
  REQUIRE(servers);
  REQUIRE(servers->size() == 3);
  CHECK(servers->at(1) == RaftServer{raft_server_id("gw-2"), "gw-2", RaftServer::Role::voter});
  for (std::size_t length = 0; length + 8 < text.size(); ++length)
    CHECK_FALSE(read_raft_servers(std::string_view{text}.substr(0, length)));
  CHECK_FALSE(read_raft_servers(text + std::string(8, '\0')));
  // Many that are not there.
  auto many = text;
  many[2] = '\1';
  CHECK_FALSE(read_raft_servers(many));
  const auto twice = text.substr(0, 9) + text.substr(9, 14) + text.substr(9);
  CHECK_FALSE(read_raft_servers(twice));
}

TEST_CASE(
  "whatever bytes come, reading them ends, and they can be written again", "[document log][wire]") {
  std::mt19937_64 random{11};
  for (const auto& message : one_of_each()) {
    const auto good = encode(message);
    for (int i = 0; i < 5'000; ++i) {
      auto bytes = good;
      for (auto changes = 1 + random() % 4; changes > 0; --changes)
        bytes[random() % bytes.size()] = static_cast<char>(random());
      const auto read = decode_raft_message(bytes);
      if (read) CHECK(*decode_raft_message(encode(*read)) == *read);
    }
  }
}

} // namespace gateway
