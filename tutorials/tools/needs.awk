# awk -f tutorials/tools/needs.awk FILE…
#
# Prints what has to be linked for these sources: themselves, and whatever they include leads to. A
# header of the library brings all sources of its folder, a header of tests/ the one of its own name.

function folder_of(path) { sub("/[^/]*$", "", path); return path }

function need(path) {
  if (path in needed || path ~ /\/demo\.cpp$|_test\.cpp$|\/main\.cpp$/) return
  add(path)
}

function add(path) {
  needed[path]
  queue[count++] = path
}

# Headers are read too: what they include is needed as well.
function follow(header,    path, list) {
  if (header in seen || (getline path < header) < 0) return
  close(header)
  seen[header]
  queue[count++] = header
  list = "ls " (header ~ /^tests\// ? substr(header, 1, length(header) - 2) : folder_of(header) "/*") \
         ".cpp 2>/dev/null"
  while ((list | getline path) > 0) need(path)
  close(list)
}

BEGIN {
  for (i = 1; i < ARGC; ++i) add(ARGV[i])
  for (i = 0; i < count; ++i) {
    while ((getline line < queue[i]) > 0)
      if (match(line, /^#include "[^"]*"/)) follow(substr(line, 11, RLENGTH - 11))
    close(queue[i])
  }
  for (path in needed) print path
}
