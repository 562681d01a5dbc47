#pragma once

#include "actors/quota/book_file.hpp"
#include "net/base/result.hpp"

#include <cstdint>

namespace gateway {

/// The same book in a larger file, which has taken the old one's place: a document with more quotas
/// needs more slots. Killed at any point, either the old file lies there, unchanged, or the new
/// one. Errors: those of BookFile; then the old one is as it was.
Result<BookFile> grown(const BookFile& book, std::uint32_t slots);

} // namespace gateway
