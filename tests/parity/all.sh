#!/bin/sh
# make parity: our program against transformers, live. Usage: all.sh BUILD
# Needs the network once, for setup.sh.
set -eu
build=$1
here=$(dirname "$0")
[ -x build/oracle/bin/python ] || sh "$here/setup.sh"
run() {
  printf '\n%s\n' "$*"
  build/oracle/bin/python -W ignore "$here/$@" || status=1
}
status=0
for model in tests/fixtures/models/*; do
  run compare_live.py "$build/t5" "$model"
  run compare_generation.py "$build/t5" "$model"
done
run check_convert.py "$build/t5" tests/fixtures/models/*
for shape in t5-small t5-v1_1-small byt5-small mt5-small; do
  run make_shape.py "$shape" "$build/parity/$shape"
  run compare_live.py "$build/t5" "$build/parity/$shape" --rows 6
  rm -rf "$build/parity/$shape"
done
[ $status = 0 ] && echo "all agree" || echo "something differs: see above"
exit $status
