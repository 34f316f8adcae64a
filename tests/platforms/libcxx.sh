#!/bin/sh
# clang with LLVM's standard library, the Mac's. The distribution's SentencePiece is built with the
# other one and cannot be linked, so everything is compiled, and the suites of tensor/, autograd/ and
# nn/ run. fmt is compiled in for the same reason.
. "$(dirname "$0")/common.sh"
needs clang-19 libc++-19-dev libc++abi-19-dev
log=$builds/libcxx.log
: > "$log"
run() {
  make CXX='clang++-19 -stdlib=libc++' EXTRA_CXXFLAGS=-DFMT_HEADER_ONLY "$@" >> "$log" 2>&1
}
lower=$(find tensor autograd nn -name '*.cpp')
tests="tests/main.cpp $(find tests/tensor tests/autograd tests/nn -name '*.cpp')"
build=$builds/libcxx status=0
run BUILD=$build $build/libt5.a $build/libtutorials.a || status=1
run BUILD=$build/lower library="$lower" tests="$tests" $build/lower/tests || status=1
run BUILD=$build/double REAL=double $build/double/tests || status=1
for folder in lower double; do
  $build/$folder/tests >> "$log" 2>&1 || status=1
done
awk '/^\[doctest\] test cases:/ { passed += $6; failed += $9 }
  END { printf "%d passed, %d failed\n", passed, failed }' "$log" >> "$log"
row libcxx "$(clang++-19 --version | head -n 1), libc++; tensor, autograd and nn" "$log"
exit $status
