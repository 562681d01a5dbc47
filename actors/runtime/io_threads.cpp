#include "actors/runtime/io_threads.hpp"

#include <future>

namespace gateway {

IoThreads::IoThreads(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    auto lane = std::make_unique<Lane>();
    lane->io = std::make_unique<IoThread>(i);
    lane->unit = std::make_unique<Unit>(*lane->io);
    lanes_.push_back(std::move(lane));
  }
}

IoThreads::~IoThreads() {
  stop();
}

std::vector<Unit*> IoThreads::units() {
  std::vector<Unit*> units;
  for (const auto& lane : lanes_) units.push_back(lane->unit.get());
  return units;
}

void IoThreads::start() {
  for (const auto& lane : lanes_) {
    lane->io->start_ticking();
    lane->thread = std::thread([unit = lane->unit.get()] { unit->run(); });
  }
}

void IoThreads::stop() {
  for (const auto& lane : lanes_) lane->unit->stop();
  for (const auto& lane : lanes_)
    if (lane->thread.joinable()) lane->thread.join();
}

void IoThreads::run_on(std::size_t number, const std::function<void()>& work) {
  std::promise<void> done;
  lanes_[number]->io->post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void IoThreads::run_on_all(const std::function<void(std::size_t)>& work) {
  for (std::size_t i = 0; i < lanes_.size(); ++i) run_on(i, [&] { work(i); });
}

} // namespace gateway
