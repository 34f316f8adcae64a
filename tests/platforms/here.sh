#!/bin/sh
# here.sh NAME: the whole suite and the demo on this Debian, with another compiler or for another
# processor. Names: debian-12, gcc-11, clang-14, clang-19, x86-64-v2, x86-64-v3.
. "$(dirname "$0")/common.sh"
name=${1:-} optimise=-march=native
case $name in
  debian-12) compiler=g++ ;;
  gcc-11) compiler=g++-11 && needs g++-11 ;;
  clang-14 | clang-19) compiler=clang++-${name#clang-} && needs "$name" ;;
  x86-64-v2 | x86-64-v3) compiler=g++ optimise=-march=$name ;;
  *) echo "usage: here.sh debian-12|gcc-11|clang-14|clang-19|x86-64-v2|x86-64-v3" >&2 && exit 2 ;;
esac

log=$builds/$name.log
run() { make BUILD=$builds/"$name" CXX="$compiler" OPTIMISE="$optimise" "$@" >> "$log" 2>&1; }
: > "$log"
status=0
run demo || status=1
run test || status=1
row "$name" "$($compiler --version | head -n 1), $optimise" "$log"
exit $status
