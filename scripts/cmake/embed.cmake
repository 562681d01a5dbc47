# Makes files part of the executable. Included, it gives gateway_embed() to the room that wants it;
# as a script it writes the source:
#   cmake -DOUTPUT=x.cpp "-DPARTS=a.json=built_in_a;b.json=built_in_b" -P embed.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  set(source "#include <string_view>\n\nnamespace gateway {\n")
  foreach(part ${PARTS})
    string(REGEX MATCH "^(.*)=(.*)$" part "${part}")
    set(path "${CMAKE_MATCH_1}")
    set(function "${CMAKE_MATCH_2}")
    file(READ "${path}" text)
    if(text MATCHES "\\)EMBED\"")
      message(FATAL_ERROR "${path} holds the delimiter of the raw string it would become")
    endif()
    string(APPEND source
      "std::string_view ${function}() noexcept;\n"
      "std::string_view ${function}() noexcept {\n"
      "  static constexpr char text[] = R\"EMBED(${text})EMBED\";\n"
      "  return {text, sizeof text - 1};\n}\n")
  endforeach()
  file(WRITE "${OUTPUT}" "${source}} // namespace gateway\n")
  return()
endif()

set(GATEWAY_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

# gateway_embed(OUTPUT PART…): a PART is FILE=FUNCTION.
function(gateway_embed output)
  set(files "")
  foreach(part ${ARGN})
    string(REGEX REPLACE "=.*$" "" file "${part}")
    list(APPEND files "${file}")
  endforeach()
  get_filename_component(name "${output}" NAME)
  add_custom_command(
    OUTPUT "${output}"
    COMMAND "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DPARTS=${ARGN}" -P "${GATEWAY_EMBED_SCRIPT}"
    DEPENDS ${files} "${GATEWAY_EMBED_SCRIPT}"
    COMMENT "Embedding files in ${name}"
    VERBATIM)
endfunction()
