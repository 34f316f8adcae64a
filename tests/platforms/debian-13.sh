#!/bin/sh
# A clean Debian 13 with nothing but make: `make demo` and `make test` are the first commands there.
. "$(dirname "$0")/common.sh"
rm -rf "$systems/debian-13"  # packages of an earlier run are in it
system debian-13 trixie --variant=apt --include=make,ca-certificates
root=$systems/debian-13 log=$builds/debian-13.log
cp /etc/resolv.conf /etc/hosts "$root/etc"
mkdir "$root/t5" && git ls-files -z | xargs -0 tar c | tar x -C "$root/t5"
mount -t proc proc "$root/proc"
trap 'umount "$root/proc"' EXIT

inside() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    sh -c "cd /t5 && $1"
}
status=0
inside 'make demo && make test' > "$log" 2>&1 || status=1
row debian-13 "$(inside 'g++ --version | head -n 1')" "$log"
exit $status
