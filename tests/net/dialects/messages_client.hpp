#pragma once

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace gateway {

/// What a client of Anthropic's makes of a stream: the message that a whole answer would have been.
/// As strict as the order of events is promised.
class MessagesClient {
public:
  void read(std::string_view stream) {
    while (!stream.empty()) {
      const auto end = stream.find("\n\n");
      REQUIRE(end != stream.npos);
      take_event(stream.substr(0, end));
      stream.remove_prefix(end + 2);
    }
  }
  const nlohmann::json& message() const { return message_; }
  bool done() const { return done_; }

private:
  void take_event(std::string_view event) {
    while (event.starts_with(':') || event.starts_with('\n'))
      event.remove_prefix(std::min(event.find('\n') + 1, event.size()));
    if (event.empty()) return;
    constexpr std::string_view name = "event: ";
    constexpr std::string_view data = "\ndata: ";
    REQUIRE(event.starts_with(name));
    const auto at = event.find(data);
    REQUIRE(at != event.npos);
    const auto json = nlohmann::json::parse(event.substr(at + data.size()));
    REQUIRE(json.at("type") == std::string{event.substr(name.size(), at - name.size())});
    REQUIRE_FALSE(done_);
    take(json.at("type").get<std::string>(), json);
  }

  void take(const std::string& type, const nlohmann::json& json) {
    if (type == "message_start") {
      REQUIRE(message_.is_null());
      message_ = json.at("message");
      REQUIRE(message_.at("content").empty());
    } else if (type == "content_block_start") {
      REQUIRE_FALSE(open_);
      REQUIRE(json.at("index") == message_.at("content").size());
      message_["content"].push_back(json.at("content_block"));
      open_ = true;
    } else if (type == "content_block_delta") {
      REQUIRE(open_);
      REQUIRE(json.at("index") == message_.at("content").size() - 1);
      add(message_["content"].back(), json.at("delta"));
    } else if (type == "content_block_stop") {
      REQUIRE(std::exchange(open_, false));
      auto& block = message_["content"].back();
      if (block.at("type") == "tool_use" && !input_.empty())
        block["input"] = nlohmann::json::parse(std::exchange(input_, {}));
    } else if (type == "message_delta") {
      REQUIRE_FALSE(open_);
      message_.update(json.at("delta"));
      message_["usage"].update(json.at("usage"));
    } else if (type == "message_stop") {
      done_ = true;
    } else {
      REQUIRE(type == "ping");
    }
  }

  void add(nlohmann::json& block, const nlohmann::json& delta) {
    static const std::map<std::string, std::string> grows{
      {"text_delta", "text"}, {"thinking_delta", "thinking"}, {"signature_delta", "signature"}};
    const auto type = delta.at("type").get<std::string>();
    if (type == "input_json_delta") {
      input_ += delta.at("partial_json").get<std::string>();
      return;
    }
    const auto& field = grows.at(type);
    block[field] = block.at(field).get<std::string>() + delta.at(field).get<std::string>();
  }

  nlohmann::json message_;
  std::string input_;
  bool open_ = false;
  bool done_ = false;
};

} // namespace gateway
