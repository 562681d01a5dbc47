#pragma once

// Debian's libraft is C, and says nothing of C++. Only raft_*.cpp and document_log.cpp see it, so
// that another implementation of Raft could take its place.
extern "C" {
#include <raft.h>
}
