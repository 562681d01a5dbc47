# gateway_room(NAME SOURCES … KNOWS …): one static library per room. What it KNOWS is the
# architecture's arrow: other rooms and third-party targets.
function(gateway_room name)
  cmake_parse_arguments(ROOM "" "PCH" "SOURCES;KNOWS" ${ARGN})
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC gateway_flags ${ROOM_KNOWS})
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
