#!/bin/sh
# make demo: from nothing to a T5 that translates. Usage: demo.sh BUILD
set -eu
build=$1
demo=$build/demo
t5=$build/t5
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }

mkdir -p "$demo"
rm -rf "$demo/model" "$demo/start" "$demo/tokenizer"

say "1. A corpus: English-French sentence pairs from a small grammar"
"$build/corpus" english-french --output "$demo"

say "2. A vocabulary: 1,200 pieces and 100 sentinels"
"$t5" tokenizer train --train "$demo/train.tsv" --vocab-size 1200 --output "$demo/tokenizer"

say "3. A T5 with random weights, trained on the pairs"
"$t5" new --preset mini --tokenizer "$demo/tokenizer" --output "$demo/start"
"$t5" train --model "$demo/start" --output "$demo/model" \
  --train "$demo/train.tsv" --validation "$demo/valid.tsv" \
  --max-steps 2400 --batch-size 32 --optim adafactor --learning-rate 0.05 \
  --warmup-steps 200 --lr-scheduler-type linear --dropout-rate 0 --eval-steps 1200

say "4. Sentences it never saw"
printf 'test.tsv (new sentences)\n'
"$t5" evaluate --model "$demo/model" --data "$demo/test.tsv"
printf 'unseen.tsv (combinations of words that training never showed)\n'
"$t5" evaluate --model "$demo/model" --data "$demo/unseen.tsv"

say "5. Translations"
{
  echo "translate English to French: The cat sat on the mat."
  awk -F'\t' 'NR % 300 == 1 { print $1 }' "$demo/test.tsv"
  awk -F'\t' 'NR % 200 == 2 { print $1 }' "$demo/unseen.tsv"
} | awk '!seen[$0]++' | head -n 12 > "$demo/examples.txt"
"$t5" generate --model "$demo/model" < "$demo/examples.txt" |
  paste "$demo/examples.txt" - | sed 's/^translate English to French: //' |
  awk -F'\t' '{ printf "  %-55s  %s\n", $1, $2 }'

say "Next"
cat <<EOF
  echo 'translate English to French: The cat sat on the mat.' | $t5 generate --model $demo/model
  $t5 evaluate --model $demo/model --data $demo/test.tsv --json
  $t5 inspect $demo/model
  $t5 train --help
The loss curve is $demo/model/loss.svg, its numbers $demo/model/metrics.jsonl.
EOF
