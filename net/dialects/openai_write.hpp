#pragma once

#include "net/dialects/openai.hpp"

namespace gateway {

/// A request's messages as OpenAI's JSON; part of write_openai_chat.
Json openai_messages(const ChatRequest& request, const Quirks* quirks);

/// One of `tool_calls`, in a request or in an answer.
Json openai_tool_call(const Block& call);

} // namespace gateway
