#pragma once

#include "actors/config/document.hpp"

#include <iosfwd>
#include <span>
#include <string>

namespace gateway {

/// `llm-gateway check FILE`: writes each problem as `POINTER LINE:COLUMN SEVERITY CODE MESSAGE`,
/// one a line, in the order of the file, then a line with their number. Returns the exit code: 1 if
/// anything is an error or the file can't be read, else 0.
int check_file(const std::string& path, const Surroundings& surroundings, std::ostream& out);

/// The same lines for problems that somebody has already.
void write_problems(std::span<const Problem> problems, std::ostream& out);

} // namespace gateway
