#!/bin/sh
# make platforms: every platform that can be tried on Debian 12, as root, one after the other: some
# two hours. Ends with their table; logs in build/platforms. all.sh WORD: those with it in the name.
cd "$(dirname "$0")/../.." || exit 1
here=tests/platforms table=build/platforms/table failed=0
mkdir -p build/platforms && : > $table

try() {  # try NAME COMMAND…
  case $1 in *"$word"*) ;; *) return ;; esac
  shift
  "$@" > build/platforms/said 2>&1 || failed=1
  tail -n 1 build/platforms/said | tee -a $table
}

word=${1:-}
for name in debian-12 gcc-11 clang-14 clang-19 x86-64-v2 x86-64-v3; do
  try $name sh $here/here.sh $name
done
try libcxx sh $here/libcxx.sh
try debian-13 sh $here/debian-13.sh
try arm64 sh $here/arm64.sh
try old-tools sh $here/old-tools.sh
printf '\n| platform | compiler | warnings | tests | demo | date |\n|---|---|---|---|---|---|\n'
cat $table
exit $failed
