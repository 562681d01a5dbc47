#include "actors/cluster/record_wire.hpp"

#include "actors/cluster/wire.hpp"
#include "actors/quota/permit_layout.hpp"

#include <limits>
#include <type_traits>

namespace gateway {
namespace {

constexpr std::uint8_t wire_version = 3;
constexpr std::size_t text_bytes_max = 64 * 1024;

/// Writes what `fields` names, in its order.
class Writing {
public:
  template <class T>
  Writing& operator()(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      writer_.byte(value ? 1 : 0);
    } else if constexpr (std::is_enum_v<T>) {
      writer_.byte(static_cast<std::uint8_t>(value));
    } else if constexpr (std::is_signed_v<T>) {
      writer_.signed_number(value);
    } else if constexpr (std::is_unsigned_v<T>) {
      writer_.number(value);
    } else {
      fields(*this, value);
    }
    return *this;
  }
  Writing& operator()(const std::string& text) {
    writer_.text(text);
    return *this;
  }
  template <class Rep, class Period>
  Writing& operator()(const std::chrono::duration<Rep, Period>& time) {
    return (*this)(static_cast<std::int64_t>(time.count()));
  }
  template <class T>
  Writing& operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    return value ? (*this)(*value) : *this;
  }
  template <class T>
  Writing& operator()(const std::vector<T>& all) {
    writer_.number(all.size());
    for (const auto& one : all) (*this)(one);
    return *this;
  }
  template <class Key, class T>
  Writing& operator()(const std::map<Key, T>& all) {
    writer_.number(all.size());
    for (const auto& [key, one] : all) (*this)(key)(one);
    return *this;
  }

  std::string take() { return writer_.take(); }

private:
  WireWriter writer_;
};

/// Reads it back; what makes no sense ends in `is_whole()` being false.
class Reading {
public:
  explicit Reading(std::string_view bytes) noexcept : reader_(bytes) {}

  template <class T>
  Reading& operator()(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = reader_.number(1) == 1;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(reader_.number(static_cast<std::uint64_t>(last_of(T{}))));
    } else if constexpr (std::is_signed_v<T>) {
      value = static_cast<T>(
        reader_.signed_number(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    } else if constexpr (std::is_unsigned_v<T>) {
      value = static_cast<T>(reader_.number(std::numeric_limits<T>::max()));
    } else {
      fields(*this, value);
    }
    return *this;
  }
  Reading& operator()(std::string& text) {
    text = reader_.text(text_bytes_max);
    return *this;
  }
  template <class Rep, class Period>
  Reading& operator()(std::chrono::duration<Rep, Period>& time) {
    std::int64_t count = 0;
    (*this)(count);
    time = std::chrono::duration<Rep, Period>{count};
    return *this;
  }
  template <class T>
  Reading& operator()(std::optional<T>& value) {
    bool is_there = false;
    (*this)(is_there);
    value.reset();
    return is_there ? (*this)(value.emplace()) : *this;
  }
  template <class T>
  Reading& operator()(std::vector<T>& all) {
    all.clear();
    for (auto left = count(); left > 0 && !reader_.failed(); --left) (*this)(all.emplace_back());
    return *this;
  }
  template <class Key, class T>
  Reading& operator()(std::map<Key, T>& all) {
    all.clear();
    for (auto left = count(); left > 0 && !reader_.failed(); --left) {
      Key key{};
      (*this)(key);
      const auto [place, is_new] = all.try_emplace(std::move(key));
      if (!is_new) reader_.fail();
      (*this)(place->second);
    }
    return *this;
  }

  bool is_whole() const noexcept { return reader_.at_end(); }
  bool is_version(std::uint8_t version) noexcept { return reader_.byte() == version; }

private:
  static QuotaUnit last_of(QuotaUnit) noexcept { return QuotaUnit::nano_dollars; }
  static Going last_of(Going) noexcept { return Going::written_off; }
  static WindowKind last_of(WindowKind) noexcept { return WindowKind::month; }
  /// Each takes a byte at least.
  std::uint64_t count() noexcept { return reader_.number(reader_.left()); }

  WireReader reader_;
};

/// One list of fields serves both directions.
template <class T, class Plain>
concept Is = std::is_same_v<std::remove_const_t<T>, Plain>;

// -- what there is, in order ----------------------------------------------------------------------

void fields(auto& io, Is<QuotaSpec> auto& spec) {
  io(spec.owner)(spec.name)(spec.unit)(spec.limit)(spec.window)(spec.kind)(spec.day);
  io(spec.count_delay)(spec.counts_reserved)(spec.longest_call)(spec.incarnation);
}

void fields(auto& io, Is<QuotasSet::Quota> auto& quota) {
  io(quota.spec)(quota.debtor);
}

void fields(auto& io, Is<MembersGone::Told> auto& told) {
  io(told.quota)(told.by)(told.gone)(told.given)(told.received);
}

void fields(auto& io, Is<MemberJoined> auto& entry) {
  io(entry.name)(entry.node)(entry.address)(entry.number);
}

void fields(auto& io, Is<QuotasSet> auto& entry) {
  io(entry.quotas)(entry.heir);
}

void fields(auto& io, Is<MembersGone> auto& entry) {
  io(entry.members)(entry.told)(entry.heir)(entry.is_written_off)(entry.known)(entry.contact);
}

void fields(auto& io, Is<MembersGoing> auto& entry) {
  io(entry.members)(entry.how);
}

void fields(auto& io, Is<QuotaForgotten> auto& entry) {
  io(entry.quota);
}

void fields(auto& io, Is<ContactSet> auto& entry) {
  io(entry.voters)(entry.silence);
}

void fields(auto& io, Is<ContactKnown> auto& entry) {
  io(entry.since);
}

void fields(auto& io, Is<ContactTerms> auto& terms) {
  io(terms.since)(terms.voters)(terms.silence);
}

void fields(auto& io, Is<ClusterMember> auto& member) {
  io(member.number)(member.name)(member.node)(member.address)(member.going);
}

void fields(auto& io, Is<RecordedQuota> auto& quota) {
  io(quota.number)(quota.spec)(quota.inits)(quota.version);
  io(quota.added_in)(quota.removed_in)(quota.cools_in);
}

template <std::size_t kind>
bool read_entry(std::size_t wanted, Reading& reading, ClusterEntry& entry) {
  if constexpr (kind < std::variant_size_v<ClusterEntry>) {
    if (kind != wanted) return read_entry<kind + 1>(wanted, reading, entry);
    reading(entry.emplace<kind>());
    return reading.is_whole();
  } else {
    return false;
  }
}

} // namespace

struct ClusterRecordFields {
  static void all(auto& io, Is<ClusterRecord> auto& record) {
    io(record.version_)(record.members_)(record.next_member_);
    io(record.quotas_)(record.next_quota_)(record.incarnations_)(record.contact_);
  }
};

std::string encode(const ClusterEntry& entry) {
  Writing writing;
  writing(std::uint8_t{wire_version})(static_cast<std::uint8_t>(entry.index()));
  std::visit([&](const auto& its) { writing(its); }, entry);
  return writing.take();
}

Result<ClusterEntry> decode_cluster_entry(std::string_view bytes) {
  Reading reading{bytes};
  std::uint8_t kind = 0;
  ClusterEntry entry;
  if (!reading.is_version(wire_version) || !read_entry<0>((reading(kind), kind), reading, entry))
    return fail(ErrorKind::invalid_value, "an entry of the cluster's record is malformed");
  return entry;
}

std::string encode(const ClusterRecord& record) {
  Writing writing;
  writing(std::uint8_t{wire_version});
  ClusterRecordFields::all(writing, record);
  return writing.take();
}

Result<ClusterRecord> decode_cluster_record(std::string_view bytes) {
  Reading reading{bytes};
  ClusterRecord record;
  const bool is_known = reading.is_version(wire_version);
  if (is_known) ClusterRecordFields::all(reading, record);
  if (!is_known || !reading.is_whole() || record.contact().empty())
    return fail(ErrorKind::invalid_value, "the cluster's record is malformed");
  return record;
}

} // namespace gateway
