#!/bin/sh
# make parity: our program against transformers, live. Usage: all.sh BUILD [WORD]
# With WORD, only the parts with it in their names. Each part prints what it finds; at the end comes
# a table of their last lines. Needs the network once, for setup.sh, and 8 GB of memory for mT5.
set -u
build=$1 word=${2:-}
here=$(dirname "$0") work=$build/parity
[ -x build/oracle/bin/python ] || sh "$here/setup.sh" || exit 1
mkdir -p "$work" && : > "$work/table"
failed=0

part() {
  name=$1 script=$2
  shift 2
  case $name in *"$word"*) ;; *) return ;; esac
  printf '\n== %s\n' "$name"
  begin=$(date +%s)
  { build/oracle/bin/python -W ignore "$here/$script" "$@" 2>&1; echo $? > "$work/status"; } |
    tee "$work/log"
  verdict=agrees
  [ "$(cat "$work/status")" = 0 ] || { verdict=DIFFERS failed=$((failed + 1)); }
  printf '%-8s %5d s  %-24s %s\n' $verdict $(($(date +%s) - begin)) "$name" \
    "$(tail -n 1 "$work/log")" >> "$work/table"
}

begin_all=$(date +%s)
for model in tests/fixtures/models/*; do
  part "scores $(basename "$model")" compare_live.py "$build/t5" "$model"
  part "generation $(basename "$model")" compare_generation.py "$build/t5" "$model"
done
part "config files" compare_options.py "$build/t5" tests/fixtures/models/t5
part "draws" compare_sampling.py "$build/t5" tests/fixtures/models/t5-v1_1
part "tokenizers" compare_tokenizers.py "$build/t5"
part "wild tokenizers" compare_wild_tokenizers.py "$build/t5"
part "WordPiece" compare_wordpiece.py "$build/t5"
part "loading" check_loading.py "$build/t5"
part "metrics" compare_metrics.py "$build/t5"
part "conversion" check_convert.py "$build/t5" tests/fixtures/models/*
for shape in t5-small t5-v1_1-small byt5-small mt5-small; do
  part "training $shape" compare_training.py "$build/t5" "$shape" "$work/$shape"
  [ "$shape" = mt5-small ] ||
    part "adapters $shape" compare_adapters.py "$build/t5" "$shape" "$work/$shape-adapted"
  rm -rf "$work/$shape-adapted"
  part "scores $shape" compare_live.py "$build/t5" "$work/$shape" --rows 6
  rm -rf "$work/$shape"
done

printf '\n'
cat "$work/table"
parts=$(wc -l < "$work/table")
printf 'parity: %d of %d parts agree, in %d minutes\n' $((parts - failed)) "$parts" \
  $((($(date +%s) - begin_all + 59) / 60))
[ $failed = 0 ]
