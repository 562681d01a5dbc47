#include "actors/api/pages.hpp"

#include "actors/api/access.hpp"
#include "actors/api/content_coding.hpp"
#include "actors/api/endpoint.hpp"
#include "net/base/header_list.hpp"

#include <algorithm>
#include <array>

namespace gateway {
namespace {

constexpr std::string_view index_path = "/index.html";
// uPlot sets styles on its elements; scripts come from this node alone, and none is inline.
constexpr std::string_view content_policy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
  "connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view path) {
  struct Type {
    std::string_view suffix;
    std::string_view name;
  };
  constexpr std::array types{
    Type{".html", "text/html; charset=utf-8"},
    Type{".js", "text/javascript; charset=utf-8"},
    Type{".css", "text/css; charset=utf-8"},
    Type{".svg", "image/svg+xml"},
    Type{".woff2", "font/woff2"}};
  const auto found =
    std::ranges::find_if(types, [&](const Type& type) { return path.ends_with(type.suffix); });
  return found == types.end() ? "application/octet-stream" : found->name;
}

std::string_view body_of(const BuiltInPage& page, ContentCoding coding) {
  switch (coding) {
  case ContentCoding::gzip: return page.gzip;
  case ContentCoding::brotli: return page.brotli;
  case ContentCoding::identity: return page.plain;
  }
  return page.plain;
}

// The best coding that the client takes and the file has.
ContentCoding coding_for(const RequestHead& head, const BuiltInPage& page) {
  const auto best = best_coding(head.find("accept-encoding"));
  return body_of(page, best).empty() ? ContentCoding::identity : best;
}

Co<void> send(Exchange& exchange, const BuiltInPage& page, int status, HeaderList headers) {
  const auto coding = coding_for(exchange.head(), page);
  headers.add("content-type", type_of(page.path));
  headers.add("vary", "accept-encoding");
  headers.add("x-content-type-options", "nosniff");
  headers.add("referrer-policy", "no-referrer");
  if (coding != ContentCoding::identity) headers.add("content-encoding", name_of(coding));
  const auto all = headers.all();
  const auto body = status == 304 ? std::string_view{} : body_of(page, coding);
  // Whoever left before the page came needs none.
  [[maybe_unused]] const auto sent = co_await exchange.respond(status, all, body);
}

Co<void> serve(Context& context, Exchange& exchange, std::string_view path, bool is_index) {
  if (auto ours = check_host(exchange.head(), context.node); !ours) {
    co_await answer_error(exchange, ours.error());
    co_return;
  }
  const auto pages = built_in_pages();
  const auto page = std::ranges::find(pages, path, &BuiltInPage::path);
  if (page == pages.end()) {
    Error nothing{ErrorKind::not_found, "There is nothing at this path.", "", {}};
    co_await answer_error(exchange, std::move(nothing));
    co_return;
  }
  HeaderList headers;
  if (!is_index) {
    headers.add("cache-control", "public, max-age=31536000, immutable");
    co_await send(exchange, *page, 200, std::move(headers));
    co_return;
  }
  // Weak: the codings of a page differ in their bytes.
  const auto version = "\"" + std::string{ui_build()} + "\"";
  headers.add("etag", "W/" + version);
  headers.add("cache-control", "no-cache");
  headers.add("content-security-policy", content_policy);
  const auto known = exchange.head().find("if-none-match").value_or("");
  const bool is_known = known.find(version) != std::string_view::npos;
  co_await send(exchange, *page, is_known ? 304 : 200, std::move(headers));
}

// Every page of the dashboard is the same document: which it shows is up to its script.
Co<void> index(Context& context, Exchange& exchange) {
  co_await serve(context, exchange, index_path, true);
}

Co<void> asset(Context& context, Exchange& exchange) {
  co_await serve(context, exchange, exchange.head().path, false);
}

} // namespace

std::span<const Route> pages_routes() {
  // The paths of ui/src/pages.ts.
  static constexpr std::array routes{
    Route{"GET", "/", index},
    Route{"GET", "/requests", index},
    Route{"GET", "/requests/{id}", index},
    Route{"GET", "/providers", index},
    Route{"GET", "/providers/{name}", index},
    Route{"GET", "/cluster", index},
    Route{"GET", "/assets/*", asset}};
  return routes;
}

} // namespace gateway
