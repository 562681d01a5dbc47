#include "actors/config/document.hpp"

#include <cstdlib>
#include <fstream>

namespace gateway {

namespace {

class ProcessSurroundings final : public Surroundings {
  std::optional<std::string> environment(const std::string& name) const override {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  }

  std::optional<std::string> file(const std::string& path) const override {
    std::ifstream in(path, std::ios::binary);
    std::string text(file_bytes_max + 1, '\0');
    // A folder opens too; only reading it fails.
    if (!in.read(text.data(), static_cast<std::streamsize>(text.size())) && !in.eof())
      return std::nullopt;
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > file_bytes_max) return std::nullopt;
    return text;
  }
};

} // namespace

const Surroundings& process_surroundings() noexcept {
  static const ProcessSurroundings surroundings;
  return surroundings;
}

} // namespace gateway
