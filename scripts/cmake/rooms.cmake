# In std::string code that is inlined, g++ 12 sees writes that can't be (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(GATEWAY_BLIND_SPOTS
    -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  # Where several files are one, it takes them for headers, which should have nothing anonymous,
  # and a local name in a header may be what one of them declares.
  set(GATEWAY_UNITY_BLIND_SPOTS
    -Wno-subobject-linkage -Wno-error=shadow -Wno-maybe-uninitialized ${GATEWAY_BLIND_SPOTS})
endif()

# What a target of ours is compiled with beside the common flags: the flavour says what it is for.
#   on_path     every request comes through: a twelfth fewer instructions a request.
#   simulated   a simulation runs it millions of times: unoptimized, a sanitizer takes minutes.
#   plain       all else, and all where that makes no difference.
function(gateway_flavour name flavour)
  if(flavour STREQUAL "on_path")
    # Several files as one exceed what g++ lets a large unit grow by inlining, which came to 6 %
    # more instructions a request: so none is large.
    target_compile_options(${name} PRIVATE -O3 -fno-plt ${GATEWAY_BLIND_SPOTS}
      $<$<CXX_COMPILER_ID:GNU>:--param=large-unit-insns=1000000>)
  elseif(flavour STREQUAL "simulated")
    target_compile_options(${name} PRIVATE -O1)
  endif()
endfunction()

function(gateway_choose_flavour chosen is_on_path is_simulated)
  set(${chosen} plain PARENT_SCOPE)
  if(is_simulated AND NOT GATEWAY_SANITIZE STREQUAL "none")
    set(${chosen} simulated PARENT_SCOPE)
  elseif(is_on_path AND CMAKE_BUILD_TYPE STREQUAL "Release")
    set(${chosen} on_path PARENT_SCOPE)
  endif()
endfunction()

# Third-party headers (scripts/cmake/pch), compiled once for all targets of one flavour.
function(gateway_precompile name flavour)
  if(NOT GATEWAY_PCH OR NOT ARGN)
    return()
  endif()
  list(JOIN ARGN _ owner)
  string(PREPEND owner "gateway_pch_${flavour}_")
  if(NOT TARGET ${owner})
    file(APPEND "${CMAKE_BINARY_DIR}/nothing.cpp" "")
    add_library(${owner} OBJECT "${CMAKE_BINARY_DIR}/nothing.cpp")
    target_link_libraries(${owner} PRIVATE gateway_flags Threads::Threads)
    gateway_flavour(${owner} "${flavour}")
    list(TRANSFORM ARGN PREPEND "${GATEWAY_ROOT}/scripts/cmake/pch/" OUTPUT_VARIABLE headers)
    list(TRANSFORM headers APPEND ".hpp")
    target_precompile_headers(${owner} PRIVATE ${headers})
  endif()
  target_precompile_headers(${name} REUSE_FROM ${owner})
endfunction()

# Files of the target that can't be in each other's way are compiled as one.
function(gateway_unity name)
  get_target_property(sources ${name} SOURCES)
  # Without optimization most of the time goes into headers, which so are read less often.
  set(files_at_most 10)
  if(NOT GATEWAY_SANITIZE STREQUAL "none")
    set(files_at_most 30)
  endif()
  execute_process(
    COMMAND python3 "${GATEWAY_ROOT}/scripts/cmake/unity_groups.py" ${files_at_most} ${sources}
    WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
    OUTPUT_VARIABLE grouped OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  while(grouped)
    list(POP_FRONT grouped file group)
    set_source_files_properties(${file} PROPERTIES UNITY_GROUP "group${group}")
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  endwhile()
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  target_compile_options(${name} PRIVATE ${GATEWAY_UNITY_BLIND_SPOTS})
endfunction()

# gateway_room(NAME [ON_PATH | SIMULATED] SOURCES … KNOWS …): one static library per room. What it
# KNOWS is the architecture's arrow: other rooms and third-party targets.
function(gateway_room name)
  cmake_parse_arguments(ROOM "ON_PATH;SIMULATED" "" "PCH;SOURCES;KNOWS" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC gateway_flags ${ROOM_KNOWS})
  gateway_choose_flavour(flavour ${ROOM_ON_PATH} ${ROOM_SIMULATED})
  gateway_flavour(${name} ${flavour})
  gateway_precompile(${name} ${flavour} ${ROOM_PCH})
  if(GATEWAY_UNITY)
    gateway_unity(${name})
  endif()
endfunction()

# gateway_tests(NAME [SIMULATED] KNOWS …): every *.test.cpp of the calling folder in one binary,
# test-NAME.
function(gateway_tests name)
  cmake_parse_arguments(TESTS "SIMULATED" "" "PCH;KNOWS;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.test.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(test-${name} ${sources} ${TESTS_SOURCES})
  target_link_libraries(test-${name} PRIVATE gateway_flags gateway_test_main ${TESTS_KNOWS})
  gateway_choose_flavour(flavour FALSE ${TESTS_SIMULATED})
  gateway_flavour(test-${name} ${flavour})
  gateway_precompile(test-${name} ${flavour} catch2 ${TESTS_PCH})
  if(GATEWAY_UNITY)
    gateway_unity(test-${name})
  endif()
  add_test(NAME ${name} COMMAND test-${name} --durations no)
  set_tests_properties(${name} PROPERTIES WORKING_DIRECTORY "${GATEWAY_ROOT}")
endfunction()
