#!/bin/sh
# clang with LLVM's standard library, the Mac's. The distribution's SentencePiece is built with the
# other one and cannot be linked, so everything is compiled, and the suites of tensor/, autograd/ and
# nn/ run. fmt is compiled in for the same reason.
. "$(dirname "$0")/common.sh"
needs clang-19 libc++-19-dev libc++abi-19-dev
log=$builds/libcxx.log
build=$builds/libcxx status=0
set -- CXX='clang++-19 -stdlib=libc++' EXTRA_CXXFLAGS=-DFMT_HEADER_ONLY
: > "$log"
lower_suites $build "$log" "$@" || status=1
make BUILD=$build "$@" $build/libt5.a $build/libtutorials.a >> "$log" 2>&1 || status=1
row libcxx "$(clang++-19 --version | head -n 1), libc++; tensor, autograd and nn" "$log"
exit $status
