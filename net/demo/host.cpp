#include "net/demo/host.hpp"

#include <csignal>
#include <thread>

namespace gateway {
namespace {

HttpLimits impatient() {
  HttpLimits limits;
  // Who stops a simulated provider wants it gone: there is nothing to lose.
  limits.drain_grace = Milliseconds{0};
  limits.linger_time = Milliseconds{200};
  return limits;
}

} // namespace

DemoHost::DemoHost() = default;

DemoHost::~DemoHost() = default;

Result<std::string> DemoHost::add(DemoSettings settings, const Listen& where) {
  if (find_demo_voice(settings.dialect) == nullptr)
    return fail(ErrorKind::invalid_value, "no simulated dialect is called " + settings.dialect);
  Place place{
    std::make_unique<DemoProvider>(std::move(settings)), std::make_unique<Server>(impatient())};
  if (auto bound = place.server->bind(where, 1); !bound) return fail(std::move(bound.error()));
  auto address = place.server->addresses().front();
  places_.push_back(std::move(place));
  return address;
}

void DemoHost::run() {
  for (auto& place : places_) place.server->serve(thread_, 0, *place.provider);
  thread_.start_ticking();
  thread_.loop().run();
}

void DemoHost::run_until_signalled() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  // Before the other thread exists, so that only sigwait ever sees them.
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::thread serving{[this] { run(); }};
  int signal = 0;
  sigwait(&signals, &signal);
  close();
  serving.join();
}

void DemoHost::close() {
  thread_.post([this] { begin_end(); });
}

bool DemoHost::order(std::string_view provider, const DemoFaultOrder& order) {
  for (auto& place : places_) {
    if (place.provider->settings().name != provider) continue;
    thread_.post([one = place.provider.get(), order] { one->order(order); });
    return true;
  }
  return false;
}

void DemoHost::begin_end() {
  if (std::exchange(closing_, true)) return;
  for (auto& place : places_) {
    place.provider->stop();
    place.server->stop_accepting(0);
  }
  wait_for_end();
}

void DemoHost::wait_for_end() {
  bool ended = true;
  for (auto& place : places_) {
    place.server->abort_all(0);
    ended = ended && place.server->is_quiet();
  }
  if (ended) {
    thread_.stop_ticking();
    return;
  }
  constexpr Milliseconds step{10};
  ending_.set(BootClock::now() + step);
}

} // namespace gateway
