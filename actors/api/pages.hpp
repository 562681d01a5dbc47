#pragma once

#include <span>
#include <string_view>

/// The dashboard, which is part of the executable (ui/, scripts/cmake/embed_pages.cmake).
namespace gateway {

/// One file of it; codings that would not make it smaller are empty.
struct BuiltInPage {
  std::string_view path; // "/index.html", "/assets/…" with a digest in its name
  std::string_view plain;
  std::string_view gzip;
  std::string_view brotli;
};

std::span<const BuiltInPage> built_in_pages() noexcept;

/// Digest of the index, and so of all that it names: a page that was loaded from another build
/// sees by it that there is a newer one.
std::string_view ui_build() noexcept;

} // namespace gateway
