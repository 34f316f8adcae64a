#!/bin/sh
# A token of t5-small, one thread, built for x86-64-v2 and -v3 against built for this processor: the
# best of three rounds in turn. Only a quiet machine gives ratios worth keeping.
. "$(dirname "$0")/common.sh"
processors='native x86-64-v3 x86-64-v2'
for processor in $processors; do
  make BUILD=$builds/"speed-$processor" OPTIMISE=-march="$processor" \
    $builds/"speed-$processor/bench" > $builds/speed.log
done
for round in 1 2 3; do
  for processor in $processors; do
    env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE \
      $builds/"speed-$processor/bench" --threads 1 --only token |
      awk -v processor="$processor" '/, batch/ { print processor, $1, $6 }'
  done
done | awk '
  { sub(",", "", $2)
    if (!(($1, $2) in best) || $3 < best[$1, $2]) best[$1, $2] = $3 }
  END {
    split("native x86-64-v3 x86-64-v2", processors, " ")
    split("float32 bfloat16 int8", precisions, " ")
    printf "%-12s%12s%12s%12s   x native\n", "ms a token", "native", "v3", "v2"
    for (i = 1; i <= 3; ++i) {
      p = precisions[i]
      printf "%-12s", p
      for (j = 1; j <= 3; ++j) printf "%12.2f", best[processors[j], p]
      native = best["native", p]
      printf "   v3 %.2f, v2 %.2f\n", best["x86-64-v3", p] / native, best["x86-64-v2", p] / native
    }
  }'
