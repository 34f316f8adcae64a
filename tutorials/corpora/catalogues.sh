#!/bin/sh
# make catalogues: a T5 that translates what this machine's programs say. Usage: catalogues.sh BUILD
# CATALOGUES=de chooses the language.
set -eu
build=$1
language=${CATALOGUES:-fr}
folder=$build/catalogues-$language
t5=$build/t5
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }

say "1. Pairs from the message catalogues of this machine; they stay on it"
rm -rf "$folder"
"$build/corpus" catalogues --language "$language" --output "$folder"

say "2. A vocabulary of 4,000 pieces"
"$t5" tokenizer train --train "$folder/train.tsv" --vocab-size 4000 --output "$folder/tokenizer"

say "3. A T5 with random weights, trained on the pairs"
"$t5" new --preset mini --tokenizer "$folder/tokenizer" --output "$folder/start"
"$t5" train --model "$folder/start" --output "$folder/model" \
  --train "$folder/train.tsv" --validation "$folder/valid.tsv" \
  --max-steps 4000 --batch-size 32 --optim adafactor --learning-rate 0.05 \
  --warmup-steps 200 --lr-scheduler-type linear --dropout-rate 0 --eval-steps 2000

say "4. BLEU on pairs that it never saw: greedily, and with four beams"
cut -f1 "$folder/test.tsv" > "$folder/inputs.txt"
cut -f2 "$folder/test.tsv" > "$folder/references.txt"
for beams in 1 4; do
  "$t5" generate --model "$folder/model" --num-beams "$beams" --max-new-tokens 100 \
    < "$folder/inputs.txt" > "$folder/beams-$beams.txt"
  printf 'beams %s  ' "$beams"
  "$t5" metrics --predictions "$folder/beams-$beams.txt" --references "$folder/references.txt" \
    --metrics bleu --confidence | tr '\n' ' '
  echo
done

say "5. Some of them"
paste "$folder/inputs.txt" "$folder/beams-4.txt" | awk 'NR % 120 == 1' | sed 's/^[^:]*: //' |
  awk -F'\t' '{ printf "  %s\n    %s\n", $1, $2 }'
