#pragma once

#include <cstddef>
#include <vector>

namespace gateway {

/// The calls of one thread, so that those that a drain has no time for end with a word.
/// Thread: its io thread.
class CallsUnderWay {
public:
  /// A call's place among them, as long as it lives.
  class Place {
  public:
    explicit Place(CallsUnderWay& calls) : calls_(calls), at_(calls.places_.size()) {
      calls_.places_.push_back(this);
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    virtual ~Place() {
      auto& places = calls_.places_;
      places[at_] = places.back();
      places[at_]->at_ = at_;
      places.pop_back();
    }

  private:
    friend class CallsUnderWay;
    /// The node stops now. It does not end the call's life at once.
    virtual void cut() noexcept = 0;

    CallsUnderWay& calls_;
    std::size_t at_;
  };

  /// Time is up. Who comes later is told at once.
  void cut() noexcept {
    are_cut_ = true;
    for (auto* place : places_) place->cut();
  }
  bool are_cut() const noexcept { return are_cut_; }

private:
  std::vector<Place*> places_;
  bool are_cut_ = false;
};

} // namespace gateway
