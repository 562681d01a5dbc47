# Makes the built dashboard part of the executable. Included, it gives gateway_embed_pages() to the
# room that serves it; as a script it writes the source:
#   cmake -DOUTPUT=x.cpp -DFOLDER=build/ui -P embed_pages.cmake
if(CMAKE_SCRIPT_MODE_FILE)
  file(GLOB_RECURSE files RELATIVE "${FOLDER}" "${FOLDER}/*")
  list(SORT files)
  list(FILTER files EXCLUDE REGEX "\\.(gz|br)$")
  file(READ "${FOLDER}/index.html" index)
  if(NOT index MATCHES "name=\"ui-build\" content=\"([0-9a-f]+)\"")
    message(FATAL_ERROR "${FOLDER}/index.html does not say which build it is")
  endif()
  set(digest "${CMAKE_MATCH_1}")

  # The assembler takes the bytes as they lie there; a text of them would be compiled for a minute.
  set(declarations "")
  set(count 0)
  function(take path view)
    if(NOT EXISTS "${FOLDER}/${path}")
      set(${view} "{}" PARENT_SCOPE)
      return()
    endif()
    set(name "embedded_page_${count}")
    string(APPEND declarations
      "asm(R\"(.section .rodata\n"
      "${name}: .incbin \"${FOLDER}/${path}\"\n${name}_end: .previous)\");\n"
      "extern \"C\" const char ${name}[];\nextern \"C\" const char ${name}_end[];\n")
    math(EXPR count "${count} + 1")
    set(${view} "std::string_view(${name}, ${name}_end)" PARENT_SCOPE)
    set(declarations "${declarations}" PARENT_SCOPE)
    set(count ${count} PARENT_SCOPE)
  endfunction()

  set(rows "")
  foreach(file ${files})
    take("${file}" plain)
    take("${file}.gz" gzip)
    take("${file}.br" brotli)
    string(APPEND rows "    {\"/${file}\", ${plain}, ${gzip}, ${brotli}},\n")
  endforeach()
  file(WRITE "${OUTPUT}"
    "#include \"actors/api/pages.hpp\"\n\n#include <array>\n\n${declarations}\n"
    "namespace gateway {\n\n"
    "std::span<const BuiltInPage> built_in_pages() noexcept {\n"
    "  static const std::array pages{std::to_array<BuiltInPage>({\n${rows}  })};\n"
    "  return pages;\n}\n\n"
    "std::string_view ui_build() noexcept {\n  return \"${digest}\";\n}\n\n"
    "} // namespace gateway\n")
  return()
endif()

set(GATEWAY_EMBED_PAGES_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

# gateway_embed_pages(OUTPUT FOLDER): all files of the folder, which scripts/build-ui has made.
function(gateway_embed_pages output folder)
  if(NOT EXISTS "${folder}/index.html")
    message(FATAL_ERROR "the dashboard is not built: scripts/build does it, or scripts/build-ui")
  endif()
  # Names of files hold a digest, and the index names them: when any changes, the index does.
  add_custom_command(
    OUTPUT "${output}"
    COMMAND
      "${CMAKE_COMMAND}" "-DOUTPUT=${output}" "-DFOLDER=${folder}" -P
      "${GATEWAY_EMBED_PAGES_SCRIPT}"
    DEPENDS "${folder}/index.html" "${GATEWAY_EMBED_PAGES_SCRIPT}"
    COMMENT "Embedding the dashboard"
    VERBATIM)
endfunction()
