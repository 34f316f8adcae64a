#!/bin/sh
# arm64.sh [lower]: cross-compiled, the whole suite under emulation, or those of tensor/, autograd/
# and nn/ alone. PROCESSOR names what is compiled for: the default has the instructions of Apple's M2
# and of Graviton 3 that the kernels know.
. "$(dirname "$0")/common.sh"
needs g++-aarch64-linux-gnu qemu-user-static
processor=${PROCESSOR:-armv8.6-a}
# Unpacked only: the emulator needs libraries, no arm64 program.
system arm64 bookworm --architectures=arm64 --variant=extract --include=libopenblas-openmp-dev \
  --include=libsentencepiece-dev,libfmt-dev,doctest-dev,nlohmann-json3-dev,libcli11-dev \
  --include=zlib1g-dev,libzstd-dev,libstdc++-12-dev,libc6-dev
root=$systems/arm64 name=arm64-$processor
log=$builds/$name.log triple=aarch64-linux-gnu

# The kernel is told once what runs arm64 programs, those too that the tests start.
emulator=/proc/sys/fs/binfmt_misc
[ -e $emulator/register ] || mount -t binfmt_misc binfmt_misc $emulator
[ -e $emulator/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf > $emulator/register
export QEMU_LD_PREFIX="$root" QEMU_CPU=max

set -- "${1:-whole}" CXX="$triple-g++ --sysroot=$root" OPTIMISE=-march="$processor" HOMEBREW= \
  BLAS_INC="$root/usr/include/$triple/openblas-openmp" \
  BLAS_LIB="$root/usr/lib/$triple/openblas-openmp" \
  EXTRA_CXXFLAGS="-isystem $root/usr/include -isystem $root/usr/include/doctest" \
  EXTRA_LDFLAGS="-Wl,-rpath-link,$root/usr/lib/$triple -Wl,-rpath-link,$root/lib/$triple"
suites=$1 build=$builds/$name status=0
shift
: > "$log"
if [ "$suites" = lower ]; then
  lower_suites "$build" "$log" "$@" || status=1
else
  make BUILD="$build" "$@" test > "$log" 2>&1 || status=1
fi
row "$name" "$($triple-g++ --version | head -n 1), emulated, $suites suites" "$log"
exit $status
