#pragma once

#include "actors/runtime/unit.hpp"
#include "net/base/result.hpp"

#include <caf/actor_cast.hpp>
#include <caf/error.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message_id.hpp>

#include <coroutine>
#include <utility>

namespace gateway {

/// Asks an actor from a coroutine: `Ask<Answer> asked{unit, actor, std::move(question)};
/// auto answer = co_await asked;`. The question is built in a named local, never inside `co_await`.
/// Whoever asks holds the actor's handle until then.
/// No time-out: an actor answers or is dead, which answers too; the deadline is the coroutine's.
/// Errors: internal, when the actor has died or does not know the question.
/// Thread: the unit's.
template <class Answer, class Question>
class Ask {
public:
  template <class Actor>
  Ask(Unit& unit, const Actor& actor, Question question)
      : unit_(unit), actor_(caf::actor_cast<caf::actor_control_block*>(actor)),
        question_(std::move(question)) {}

  bool await_ready() const noexcept { return false; }

  bool await_suspend(std::coroutine_handle<> waiting) {
    if (actor_ == nullptr) return false;
    const auto id = caf::message_id{unit_.open_slot(waiting, &reply_)}.with_normal_priority();
    actor_->enqueue(caf::make_mailbox_element(unit_.port(), id, {}, std::move(question_)), &unit_);
    return true;
  }

  Result<Answer> await_resume() {
    if (reply_ && reply_->content().template match_elements<Answer>())
      return std::move(reply_->content().template get_mutable_as<Answer>(0));
    return fail(ErrorKind::internal, "a part of this node did not answer");
  }

private:
  Unit& unit_;
  caf::actor_control_block* actor_;
  Question question_;
  caf::mailbox_element_ptr reply_;
};

template <class Answer, class Actor, class Question>
Ask<Answer, Question> ask(Unit& unit, const Actor& actor, Question question) {
  return Ask<Answer, Question>{unit, actor, std::move(question)};
}

} // namespace gateway
