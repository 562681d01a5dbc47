# Every switch of the build. scripts/build and scripts/test know the useful combinations.
set(GATEWAY_ROOT "${CMAKE_CURRENT_LIST_DIR}/../..")
option(GATEWAY_TESTS "Build the tests" OFF)
option(GATEWAY_WERROR "Warnings are errors (CI and scripts/test; not for packagers)" OFF)
option(GATEWAY_PCH "Precompile third-party headers" ON)
option(GATEWAY_UNITY
  "Compile several files as one: quicker from nothing, slower after an edit" OFF)
set(GATEWAY_UI "${CMAKE_SOURCE_DIR}/build/ui" CACHE PATH "The built dashboard, to be embedded")
set(GATEWAY_SANITIZE "none" CACHE STRING "none, address (with undefined) or thread")
set_property(CACHE GATEWAY_SANITIZE PROPERTY STRINGS none address thread)
set(GATEWAY_PROFILE "none" CACHE STRING
  "none, count (it writes what it did how often to GATEWAY_COUNTS) or use (built by those counts)")
set_property(CACHE GATEWAY_PROFILE PROPERTY STRINGS none count use)
set(GATEWAY_COUNTS "${CMAKE_SOURCE_DIR}/build/counts" CACHE PATH "Where counts are")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")

add_library(gateway_flags INTERFACE)
target_include_directories(gateway_flags INTERFACE "${GATEWAY_ROOT}")
target_compile_options(gateway_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wnon-virtual-dtor -Wold-style-cast
  -Wimplicit-fallthrough $<$<BOOL:${GATEWAY_WERROR}>:-Werror>
  # g++ has signs in -Wconversion for C alone; clang knows no shadow apart where files are one.
  $<$<CXX_COMPILER_ID:GNU>:-Wshadow> $<$<CXX_COMPILER_ID:Clang>:-Wno-sign-conversion>)

# The compiler spends a tenth of its time on collecting what it could as well keep, given the room.
cmake_host_system_information(RESULT megabytes QUERY TOTAL_PHYSICAL_MEMORY)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND megabytes GREATER 12000)
  target_compile_options(gateway_flags INTERFACE --param=ggc-min-heapsize=1048576)
endif()

if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_link_options(gateway_flags INTERFACE -fuse-ld=lld) # of the same version
endif()

# A quarter of the compiler's time goes into line numbers; a finding names its functions without.
set(GATEWAY_NAMES_ONLY -g0)
if(GATEWAY_SANITIZE STREQUAL "address")
  # To check each pointer wherever it is used is two fifths of the compiler's time: one that is null
  # the other sanitizer sees, and no machine that this is for minds how one is aligned.
  target_compile_options(gateway_flags INTERFACE
    -fsanitize=address,undefined -fno-sanitize=null,alignment,vptr,object-size
    -fno-sanitize-recover=undefined -fno-omit-frame-pointer ${GATEWAY_NAMES_ONLY})
  target_link_options(gateway_flags INTERFACE -fsanitize=address,undefined)
elseif(GATEWAY_SANITIZE STREQUAL "thread")
  # Asio's fences beside its locks are what the sanitizer can't see; the locks it can.
  target_compile_options(gateway_flags INTERFACE
    -fsanitize=thread $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan> -fno-omit-frame-pointer
    ${GATEWAY_NAMES_ONLY})
  target_link_options(gateway_flags INTERFACE -fsanitize=thread)
elseif(NOT GATEWAY_SANITIZE STREQUAL "none")
  message(FATAL_ERROR "GATEWAY_SANITIZE is none, address or thread, not ${GATEWAY_SANITIZE}")
endif()

# Counts are found by the object's name below the build folder.
if(GATEWAY_PROFILE STREQUAL "count")
  set(profile "-fprofile-generate=${GATEWAY_COUNTS}" -fprofile-update=prefer-atomic)
elseif(GATEWAY_PROFILE STREQUAL "use")
  # What the counted run did not come to is built as without counts, not for size. Generated files
  # have another name in each build, which g++ takes for other lines; no others can.
  set(profile "-fprofile-use=${GATEWAY_COUNTS}" -fprofile-partial-training -fprofile-correction
    -Wno-missing-profile -Wno-coverage-mismatch
    # What is done once a request is hot, too, not only what is done for each byte of one.
    --param=hot-bb-count-ws-permille=999)
elseif(NOT GATEWAY_PROFILE STREQUAL "none")
  message(FATAL_ERROR "GATEWAY_PROFILE is none, count or use, not ${GATEWAY_PROFILE}")
endif()
if(profile)
  list(APPEND profile "-fprofile-prefix-path=${CMAKE_BINARY_DIR}")
  target_compile_options(gateway_flags INTERFACE ${profile})
  target_link_options(gateway_flags INTERFACE ${profile})
endif()
