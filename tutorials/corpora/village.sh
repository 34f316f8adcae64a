#!/bin/sh
# make village: one small T5 for all tasks of a made-up village. Usage: village.sh BUILD
set -eu
build=$1
folder=$build/village
t5=$build/t5
here=$(dirname "$0")
say() { printf '\n\033[1m%s\033[0m\n' "$1"; }
[ -t 1 ] || say() { printf '\n%s\n' "$1"; }

say "1. A village: its year, 26 tasks about it"
rm -rf "$folder"
"$build/corpus" village --output "$folder"

say "2. A vocabulary of 1,500 pieces"
cat "$folder"/text.txt "$folder"/*/train.tsv "$folder"/*.json | tr '\t' '\n' > "$folder/words.txt"
"$t5" tokenizer train --train "$folder/words.txt" --vocab-size 1500 --output "$folder/tokenizer"
rm "$folder/words.txt"

say "3. A T5 with random weights, trained on all tasks at once"
"$t5" new --preset mini --tokenizer "$folder/tokenizer" --output "$folder/start"
"$t5" train --model "$folder/start" --output "$folder/model" --mixture "$folder/mixture.json" \
  --max-steps 6000 --batch-size 48 --optim adafactor --learning-rate 0.03 --warmup-steps 300 \
  --lr-scheduler-type linear --dropout-rate 0 --eval-steps 3000 --max-eval-samples 20

say "4. Every task on new examples, and on combinations that training never showed"
for split in test unseen; do
  "$t5" evaluate --model "$folder/model" --mixture "$folder/mixture.json" --split "$split" \
    > "$folder/$split.txt"
done
awk -f "$here/village/bands.awk" "$here/village/bands.txt" "$folder/test.txt" "$folder/unseen.txt"

say "Next"
cat <<EOF
  head -n 3 $folder/question/test.tsv
  $t5 tasks show $folder/question.json --model $folder/model
  echo 'summarize: On Monday, Snow White opened a library. It was cold.' | $t5 generate --model $folder/model
What is in $folder is told in tutorials/corpora/village/README.md.
EOF
