#!/bin/sh
# A Mac's tools as far as Debian has their like: the awk of its authors, busybox in place of GNU's
# sed, grep and the rest. What make and the scripts print with them is what they print without. And
# no two files differ in case alone, which a Mac's disk would take for one.
. "$(dirname "$0")/common.sh"
needs original-awk busybox
tools=$systems/old-tools
mkdir -p "$tools"
ln -sf "$(command -v original-awk)" "$tools/awk"
for tool in sed grep cmp cut find head paste sort tail tr wc xargs; do
  ln -sf "$(command -v busybox)" "$tools/$tool"
done

words() { tr -s ' ' '\n' | sort; }  # awk goes through a table in whatever order it likes
said() {
  make help
  sh tests/count.sh
  make -n test-03 weave | words
  for chapter in tutorials/[0-9][0-9]-*; do
    awk -f tutorials/tools/needs.awk "$chapter/demo.cpp" | words
  done
}
said > $builds/old-tools.usual 2>&1
(PATH=$tools:$PATH && said) > $builds/old-tools.old 2>&1
diff $builds/old-tools.usual $builds/old-tools.old
twins=$(git ls-files | tr '[:upper:]' '[:lower:]' | sort | uniq -d)
[ -z "$twins" ] || { echo "differ in case alone: $twins"; exit 1; }
echo "old tools print the same $(wc -l < $builds/old-tools.old) lines, and no two names differ in case alone"
