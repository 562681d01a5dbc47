# A simulation runs these millions of times: unoptimized, a sanitizer takes minutes for it.
function(gateway_simulated name)
  if(NOT GATEWAY_SANITIZE STREQUAL "none")
    target_compile_options(${name} PRIVATE -O1)
  endif()
endfunction()

# gateway_room(NAME [ON_PATH] SOURCES … KNOWS …): one static library per room. What it KNOWS is the
# architecture's arrow: other rooms and third-party targets. ON_PATH: every request comes through.
function(gateway_room name)
  cmake_parse_arguments(ROOM "ON_PATH" "PCH" "SOURCES;KNOWS" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC gateway_flags ${ROOM_KNOWS})
  if(ROOM_ON_PATH AND CMAKE_BUILD_TYPE STREQUAL "Release")
    # A twelfth fewer instructions a request. In the std::string code that is inlined then, g++ 12
    # sees writes that can't be (its bug 105651).
    target_compile_options(${name} PRIVATE
      -O3 -fno-plt -Wno-restrict -Wno-stringop-overflow -Wno-array-bounds)
  endif()
  if(GATEWAY_PCH AND ROOM_PCH)
    target_precompile_headers(${name} PRIVATE "${GATEWAY_ROOT}/scripts/cmake/pch/${ROOM_PCH}.hpp")
  endif()
endfunction()

# gateway_tests(NAME KNOWS …): every *.test.cpp of the calling folder in one binary, test-NAME.
function(gateway_tests name)
  cmake_parse_arguments(TESTS "" "PCH;TIMEOUT" "KNOWS;SOURCES" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.test.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(test-${name} ${sources} ${TESTS_SOURCES})
  target_link_libraries(test-${name} PRIVATE gateway_flags gateway_test_main ${TESTS_KNOWS})
  if(GATEWAY_PCH)
    target_precompile_headers(test-${name} PRIVATE
      "${GATEWAY_ROOT}/scripts/cmake/pch/catch2.hpp"
      $<$<BOOL:${TESTS_PCH}>:${GATEWAY_ROOT}/scripts/cmake/pch/${TESTS_PCH}.hpp>)
  endif()
  add_test(NAME ${name} COMMAND test-${name} --durations no)
  set_tests_properties(${name} PROPERTIES WORKING_DIRECTORY "${GATEWAY_ROOT}")
endfunction()
