# Debian's libcaf-dev ships no CMake package (reference: CAF 0.17.6, tried).
# Targets CAF::core, CAF::io, CAF::openssl.
find_path(CAF_INCLUDE_DIR NAMES caf/all.hpp)
foreach(part core io openssl)
  find_library(CAF_LIBRARY_${part} NAMES caf_${part})
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(CAF REQUIRED_VARS
  CAF_INCLUDE_DIR CAF_LIBRARY_core CAF_LIBRARY_io CAF_LIBRARY_openssl)

if(CAF_FOUND AND NOT TARGET CAF::core)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" version REGEX "define CAF_VERSION [0-9]+")
  string(REGEX REPLACE ".* ([0-9]+).*" "\\1" version "${version}")
  # The wire format and several traps we rely on belong to exactly this version.
  if(NOT version EQUAL 1706)
    message(FATAL_ERROR "CAF 0.17.6 expected, found ${version}")
  endif()
  foreach(part core io openssl)
    add_library(CAF::${part} SHARED IMPORTED)
    set_target_properties(CAF::${part} PROPERTIES
      IMPORTED_LOCATION "${CAF_LIBRARY_${part}}"
      INTERFACE_INCLUDE_DIRECTORIES "${CAF_INCLUDE_DIR}")
  endforeach()
  target_link_libraries(CAF::core INTERFACE Threads::Threads)
  target_link_libraries(CAF::io INTERFACE CAF::core)
  target_link_libraries(CAF::openssl INTERFACE CAF::io OpenSSL::SSL OpenSSL::Crypto)
endif()
