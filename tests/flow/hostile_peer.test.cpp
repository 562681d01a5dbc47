#include "actors/cluster/wire.hpp"
#include "tests/flow/link_node.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <caf/openssl/remote_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <fstream>
#include <random>

using namespace gateway;

namespace {

using Tcp = boost::asio::ip::tcp;

/// Somebody who holds a certificate of the cluster, and keeps to nothing else.
class Rogue {
public:
  Rogue(const std::string& folder, const PeerAddress& victim)
      : tls_(*PeerTls::load(folder, wall_now())) {
    threads_.start();
    config_ = std::make_unique<SystemConfig>(threads_.units(), tls_.get());
    system_ = std::make_unique<caf::actor_system>(*config_);
    self_ = std::make_unique<caf::scoped_actor>(*system_);
    auto door = caf::openssl::remote_actor<LinkDoorActor>(*system_, victim.host, victim.port);
    if (door) door_ = *door;
  }
  ~Rogue() {
    door_ = nullptr;
    link_ = nullptr;
    self_.reset();
    threads_.run_on_all([&](std::size_t i) { threads_.unit(i).detach(); });
    system_.reset();
    threads_.stop();
  }

  /// Empty: there is a link now.
  std::string say(std::string hello) {
    std::string why = "nothing came back";
    auto& self = *self_;
    HelloRequest1 request{std::move(hello), caf::actor_cast<caf::actor>(self.ptr())};
    self->request(door_, std::chrono::seconds{30}, std::move(request))
      .receive(
        [&](HelloAnswer1& answer) {
          const auto greeting = decode_greeting(answer.greeting);
          const auto* refusal = greeting ? std::get_if<LinkRefusal>(&*greeting) : nullptr;
          why = refusal == nullptr ? "" : refusal->text;
          link_ = caf::actor_cast<PeerLinkActor>(answer.link);
        },
        [](const caf::error&) {});
    return why;
  }
  void send(LinkFrame1 frame) { (*self_)->send(link_, std::move(frame)); }

private:
  IoThreads threads_{1};
  std::shared_ptr<PeerTls> tls_;
  std::unique_ptr<SystemConfig> config_;
  std::unique_ptr<caf::actor_system> system_;
  std::unique_ptr<caf::scoped_actor> self_;
  LinkDoorActor door_;
  PeerLinkActor link_;
};

std::string hello_of(const std::string& name) {
  Hello hello;
  hello.name = name;
  hello.id = "id-of-" + name;
  hello.cluster = "c1";
  hello.address = {"127.0.0.1", 1};
  return encode(hello);
}

std::string number(std::uint64_t value) {
  WireWriter writer;
  writer.number(value);
  return writer.take();
}

LinkFrame1 ping(std::uint64_t heard = 0) {
  return {static_cast<std::uint8_t>(FrameKind::ping), 1, number(heard)};
}

LinkFrame1 data(std::uint64_t nth, std::string bytes) {
  return {static_cast<std::uint8_t>(FrameKind::log), nth, std::move(bytes)};
}

bool is_closed(Tcp::socket& socket) {
  std::array<char, 4'096> some{};
  boost::system::error_code error;
  socket.non_blocking(true);
  while (!error) socket.read_some(boost::asio::buffer(some), error);
  return error != boost::asio::error::would_block;
}

std::int64_t resident_kilobytes() {
  std::ifstream status{"/proc/self/status"};
  std::string word;
  while (status >> word && word != "VmRSS:") {
  }
  std::int64_t kilobytes = 0;
  status >> kilobytes;
  return kilobytes;
}

} // namespace

TEST_CASE("a certified peer that breaks the rules loses its link, others keep theirs", "[flow]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}}};
  REQUIRE(eventually([&] { return one.linked() == "gw-2"; }));
  struct Row {
    const char* when;
    LinkFrame1 frame;
  };
  const std::vector<Row> rows{
    {"a frame is too long", data(1, std::string(frame_bytes_max + 1, 'x'))},
    {"a frame is much too long", data(1, std::string(16 * 1024 * 1024, 'x'))},
    {"a frame is missing", data(2, "x")},
    {"a frame has no number", data(0, "x")},
    {"it has heard what was never said", ping(1'000'000)},
    {"a ping is malformed", {static_cast<std::uint8_t>(FrameKind::ping), 1, "\xff"}},
    {"a frame of the link is unknown", {7, 1, "?"}},
    {"its word of itself is malformed", {static_cast<std::uint8_t>(FrameKind::member), 1, "?"}}};
  for (const auto& row : rows) {
    CAPTURE(row.when);
    Rogue rogue{authority.issue("rogue"), one.address()};
    REQUIRE(rogue.say(hello_of("rogue")).empty());
    rogue.send(ping());
    CHECK(eventually([&] { return one.linked() == "gw-2 rogue"; }));
    rogue.send(row.frame);
    CHECK(eventually([&] { return one.linked() == "gw-2"; }));
  }
  CHECK(two.linked() == "gw-1");
  const auto facts = two.heard().facts();
  CHECK(std::ranges::count(facts, "down gw-1") == 0);
}

TEST_CASE("frames of a kind that a node does not know are dropped", "[flow]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  Rogue newer{authority.issue("newer"), one.address()};
  REQUIRE(newer.say(hello_of("newer")).empty());
  newer.send(ping());
  newer.send({200, 1, "of a later release"});
  newer.send(data(2, "of this one"));
  CHECK(eventually(
    [&] { return std::ranges::count(one.heard().facts(), "newer says of this one") == 1; }));
}

TEST_CASE("a hello that no node says is refused with a text", "[flow]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  Rogue rogue{authority.issue("rogue"), one.address()};
  CHECK(rogue.say("") == "A hello that no node says.");
  CHECK(rogue.say(std::string(1'000'000, 'x')) == "A hello that no node says.");
  CHECK(rogue.say(hello_of("rogue")).empty());
}

TEST_CASE("strangers cost little, hurt nobody and are shown out", "[flow]") {
  const PeerAuthority authority;
  LinkNode one{{"gw-1", authority.issue("gw-1"), {}}};
  LinkNode two{{"gw-2", authority.issue("gw-2"), {one.address()}}};
  REQUIRE(eventually([&] { return one.linked() == "gw-2"; }));
  const auto before = resident_kilobytes();

  boost::asio::io_context io;
  const Tcp::endpoint port{boost::asio::ip::make_address("127.0.0.1"), one.address().port};
  std::mt19937_64 chance{1};
  std::vector<Tcp::socket> strangers;
  // The beginning of a client's hello in TLS: a record of 512 bytes, of which one comes.
  const std::string half_handshake{"\x16\x03\x01\x02\x00\x01", 6};
  for (int i = 0; i < 200; ++i) {
    auto& socket = strangers.emplace_back(io);
    boost::system::error_code error;
    socket.connect(port, error);
    REQUIRE_FALSE(error);
    std::string bytes;
    if (i % 4 == 1) bytes = half_handshake;
    if (i % 4 == 2) bytes = "GET / HTTP/1.1\r\nHost: gw\r\n\r\n";
    if (i % 4 == 3)
      for (int n = 0; n < 1'000; ++n) bytes += static_cast<char>(chance());
    boost::asio::write(socket, boost::asio::buffer(bytes), error); // it may be closed already
  }
  // A good node comes in meanwhile.
  LinkNode three{{"gw-3", authority.issue("gw-3"), {one.address()}}};
  CHECK(eventually([&] { return one.linked() == "gw-2 gw-3"; }));
  CHECK(resident_kilobytes() - before < 200 * 1'024);
  // All of them, those that never said a word as well.
  CHECK(eventually([&] { return std::ranges::all_of(strangers, is_closed); }));
  CHECK(two.linked() == "gw-1 gw-3");
  CHECK(std::ranges::count(two.heard().facts(), "down gw-1") == 0);
}
