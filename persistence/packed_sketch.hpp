#pragma once

#include "persistence/latency_sketch.hpp"
#include "persistence/packed_bytes.hpp"

#include <span>
#include <string>
#include <vector>

namespace gateway {

/// Appends a sketch in the fewest bytes of a few forms that are read without a branch a bucket:
/// sketches are most of what charts read. Usual ones take one or two bytes a bucket.
void append_sketch(std::string& out, const LatencySketch& sketch);

/// Reads what append_sketch wrote, for SketchSum: a bucket's count may be 0. Of other bytes,
/// buckets that do no harm. `room` holds them, and may be used again.
std::span<const LatencySketch::Bucket>
read_sketch(PackedReader& from, std::vector<LatencySketch::Bucket>& room);

} // namespace gateway
