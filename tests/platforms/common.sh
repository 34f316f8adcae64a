# Sourced by the scripts of this folder, which run as root on Debian 12. Each ends with its row of
# the table in docs/platforms.md. Other systems lie in /var/tmp/t5-platforms (PLATFORMS=… chooses
# another folder), builds and logs in build/platforms.
set -eu
cd "$(dirname "$0")/../.."
unset MAKEFLAGS MAKELEVEL  # each make uses all cores
systems=${PLATFORMS:-/var/tmp/t5-platforms}
builds=build/platforms
mkdir -p "$systems" $builds

needs() {  # needs PACKAGE…: installs those that are missing
  dpkg -s "$@" > /dev/null 2>&1 && return
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" > /dev/null
}

# system NAME SUITE OPTION…: Debian's SUITE in a folder, made once
system() {
  name=$1 suite=$2
  shift 2
  [ -d "$systems/$name" ] && return
  needs mmdebstrap
  mmdebstrap "$@" "$suite" "$systems/$name.new" http://deb.debian.org/debian
  mv "$systems/$name.new" "$systems/$name"
}

# row NAME COMPILER LOG: what the log of `make test`, and of a demo before it, says
row() {
  tests=$(grep -E '^[0-9]+ passed, [0-9]+ failed$' "$3" | tail -n 1)
  demo=$(awk '/^exact_match / { print "exact match", $2; exit }' "$3")
  printf '| %s | %s | %d | %s | %s | %s |\n' "$1" "$2" "$(grep -c 'warning:' "$3" || true)" \
    "${tests:-does not finish}" "${demo:-not run}" "$(date +%Y-%m-%d)"
}

# lower_suites BUILD LOG MAKE-ARGUMENT…: the suites of tensor/, autograd/ and nn/, in float and double
lower_suites() {
  build=$1 log=$2
  shift 2
  make "$@" BUILD="$build/lower" library="$(find tensor autograd nn -name '*.cpp')" \
    tests="tests/main.cpp $(find tests/tensor tests/autograd tests/nn -name '*.cpp')" \
    "$build/lower/tests" >> "$log" 2>&1 || return 1
  make "$@" BUILD="$build/double" REAL=double "$build/double/tests" >> "$log" 2>&1 || return 1
  lower_status=0
  for folder in lower double; do
    "$build/$folder/tests" >> "$log" 2>&1 || lower_status=1
  done
  awk '/^\[doctest\] test cases:/ { passed += $6; failed += $9 }
    END { printf "%d passed, %d failed\n", passed, failed }' "$log" > "$log.total"
  cat "$log.total" >> "$log"
  return $lower_status
}
