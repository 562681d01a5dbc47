#pragma once
// Third-party headers of the rooms that move bytes; compiled once per target.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
