#pragma once

#include "actors/config/document.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <optional>
#include <string>

namespace gateway {

/// An environment and files that a test writes down. It has two time zones.
struct KnownSurroundings final : Surroundings {
  std::map<std::string, std::string> variables;
  std::map<std::string, std::string> files{
    {"/usr/share/zoneinfo/UTC", "TZif2"}, {"/usr/share/zoneinfo/America/Los_Angeles", "TZif2"}};

  std::optional<std::string> environment(const std::string& name) const override {
    const auto found = variables.find(name);
    return found != variables.end() ? std::optional(found->second) : std::nullopt;
  }
  std::optional<std::string> file(const std::string& path) const override {
    const auto found = files.find(path);
    return found != files.end() ? std::optional(found->second) : std::nullopt;
  }
};

/// Each problem as `check` prints it, for messages of failing tests.
inline std::string in_words(const DocumentReading& reading) {
  std::string words;
  for (const auto& problem : reading.problems)
    words += problem.pointer + " " + std::to_string(problem.line) + ":"
      + std::to_string(problem.column) + " " + problem.code + " " + problem.message + "\n";
  return words;
}

/// Two keys in the environment, one in a file.
inline const KnownSurroundings with_keys = [] {
  KnownSurroundings known;
  known.variables["GROQ_API_KEY"] = "gsk_0123456789abcdef";
  known.variables["OPENAI_API_KEY"] = "sk-0123456789";
  known.files["/run/secrets/key"] = "from-a-file\n";
  return known;
}();

/// A document that must be valid, read as version 7.
inline std::shared_ptr<const Document>
load(const std::string& json, const KnownSurroundings& known = with_keys) {
  const auto reading = read_document(json, 7, known);
  INFO(in_words(reading));
  REQUIRE(reading.document);
  return reading.document;
}

} // namespace gateway
