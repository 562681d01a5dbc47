#include "net/dialects/bedrock.hpp"
#include "net/dialects/failure_class.hpp"
#include "net/dialects/media_source.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace gateway {
namespace {

// The API's own bounds.
constexpr std::size_t documents_max = 5;
constexpr std::size_t name_bytes_max = 200;

struct Format {
  std::string_view mime;
  std::string_view name;
};

constexpr std::array image_formats{
  Format{"image/png", "png"},
  Format{"image/jpeg", "jpeg"},
  Format{"image/jpg", "jpeg"},
  Format{"image/gif", "gif"},
  Format{"image/webp", "webp"},
};

constexpr std::array document_formats{
  Format{"application/pdf", "pdf"},
  Format{"text/csv", "csv"},
  Format{"application/msword", "doc"},
  Format{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"},
  Format{"application/vnd.ms-excel", "xls"},
  Format{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"},
  Format{"text/html", "html"},
  Format{"text/plain", "txt"},
  Format{"text/markdown", "md"},
};

std::string_view format_of(std::span<const Format> formats, std::string_view mime) noexcept {
  const auto found = std::ranges::find(formats, mime, &Format::mime);
  return found == formats.end() ? std::string_view{} : found->name;
}

Json media_block(std::string_view kind, std::string_view format, std::string_view base64) {
  return Json{{kind, {{"format", format}, {"source", {{"bytes", base64}}}}}};
}

} // namespace

Result<Json> BedrockMedia::image(const Media& media, const std::string& part) {
  if (!media.detail.empty() && media.detail != "auto") fields_.drop("detail");
  // A place in S3 would be read with the gateway's own rights, so that a client could name any of
  // its files: bytes alone are taken.
  const auto bytes = media_bytes(media);
  const auto format =
    bytes ? format_of(image_formats, lower_ascii(bytes->mime)) : std::string_view{};
  if (!format.empty()) return media_block("image", format, bytes->base64);
  const auto* why = bytes ? "this provider takes JPEG, PNG, GIF and WebP only"
                          : "this provider takes images as base64 data URLs only";
  if (auto refused = fields_.refuse(part, why); !refused) return fail(std::move(refused.error()));
  return Json{};
}

Result<Json> BedrockMedia::document(const Media& media, const std::string& part) {
  const auto bytes = media_bytes(media);
  const auto format =
    bytes ? format_of(document_formats, lower_ascii(bytes->mime)) : std::string_view{};
  if (format.empty() || names_.size() == documents_max) {
    const auto* why = !format.empty() ? "this provider takes at most 5 files"
      : bytes                         ? "this provider takes no files of this type"
                                      : "this provider takes files as base64 data URLs only";
    if (auto refused = fields_.refuse(part, why); !refused) return fail(std::move(refused.error()));
    return Json{};
  }
  auto block = media_block("document", format, bytes->base64);
  block["document"]["name"] = name_of(media.filename);
  return block;
}

/// What the API takes for a name: letters, digits, some marks and single spaces. Without its
/// ending, which the format tells.
std::string BedrockMedia::name_of(std::string_view filename) {
  std::string name;
  for (const auto c : filename.substr(0, filename.rfind('.'))) {
    constexpr std::string_view marks = "-()[]";
    const auto fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')
      || marks.find(c) != marks.npos;
    if (name.size() == name_bytes_max) break;
    if (fits)
      name += c;
    else if (!name.empty() && name.back() != ' ')
      name += ' ';
  }
  while (name.ends_with(' ')) name.pop_back();
  if (name.empty()) name = "document";
  auto own = name;
  for (int number = 2; std::ranges::find(names_, own) != names_.end(); ++number)
    own = name + " (" + std::to_string(number) + ")";
  return names_.emplace_back(std::move(own));
}

} // namespace gateway
