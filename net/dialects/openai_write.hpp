#pragma once

#include "net/dialects/openai.hpp"
#include "net/dialects/request_fields.hpp"

namespace gateway {

/// Requests in OpenAI's words, all but the quirks' `extra_body`.
Json openai_chat_body(const ChatRequest& request, const Target& target, RequestFields& fields);
Json openai_embeddings_body(
  const EmbeddingsRequest& request, const Target& target, RequestFields& fields);

/// A request's messages as OpenAI's JSON; part of write_openai_chat.
Json openai_messages(const ChatRequest& request, const Quirks* quirks);

/// One of `tool_calls`, in a request or in an answer.
Json openai_tool_call(const Block& call);

} // namespace gateway
