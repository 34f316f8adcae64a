#!/bin/bash
# kills.sh T5 SHIM [STRIDE]: every command that writes a directory, killed before each of its file
# operations (or every STRIDE-th). Whoever reads then must see the old set of files or the new one,
# never a mixture; the same command, repeated, must work and end as if nothing had happened.
set -u
t5=$(realpath "$1") shim=$(realpath "$2") stride=${3:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
kills=0 faults=0

quiet() { "$@" > /dev/null 2> err || { echo "failed: $*: $(cat err)"; exit 1; }; }

# Two vocabularies and two models, as different as small ones can be, of one shape: a mixture loads.
material() {
  for i in 1 2 3 4 5 6 7 8 9; do for w in cat dog bird tree; do
    printf 'the %s sees %s\t%s %s\n' $w $i $i $w; done; done > a.tsv
  for i in 1 2 3 4 5 6 7 8 9; do for w in rue mur toit porte; do
    printf '%s de la %s\t%s\n' $i $w $w; done; done > b.tsv
  printf 'dog 3\tcat de la rue\n' > pair.tsv
  echo '{"model_type":"t5","d_model":16,"d_kv":8,"d_ff":16,"num_layers":1,"num_heads":2,
    "vocab_size":64,"dropout_rate":0}' > shape.json
  quiet "$t5" tokenizer train --train a.tsv --vocab-size 32 --extra-ids 10 --output tok-a
  quiet "$t5" tokenizer train --train b.tsv --vocab-size 32 --extra-ids 12 --output tok-b
  quiet "$t5" new --config shape.json --tokenizer tok-a --output a --seed 1
  quiet "$t5" new --config shape.json --tokenizer tok-b --output b --seed 2
  quiet "$t5" convert --model b --output b-shards --max-shard-size 4KB
  quiet "$t5" train --model b --train b.tsv --output run-b --max-steps 2 --quiet
}

# What a reader gets: pieces, numbers, config.
seen() {
  mkdir -p d
  { echo 'dog 3 rue' | "$t5" tokenizer encode --model d --pieces
    "$t5" score --model d --data pair.tsv --json
    "$t5" inspect d; } 2>&1 | cksum
}

fault() {
  faults=$((faults + 1))
  echo "FAULT $name, killed before operation $n: $1"
}

# try NAME START COMMAND…: in a copy of START, or in nothing (-). `middle`: what a reader gets of the
# best weights that training keeps on its way.
try() {
  name=$1 start=$2 n=-
  shift 2
  place() { rm -rf d; [ "$start" = - ] || cp -r "$start" d; }
  place
  old=$(seen)
  place
  "$@" > /dev/null 2> err || fault "not killed, it says: $(cat err)"
  new=$(seen)
  files=$(ls -A d)
  for ((n = 1; ; n += stride)); do
    place
    KILL_AT=$n LD_PRELOAD=$shim "$@" > /dev/null 2> err
    [ $? = 137 ] || break
    kills=$((kills + 1))
    case $(seen) in "$old" | "$new" | "$middle") ;; *) fault "a reader sees a mixture" ;; esac
    "$@" > /dev/null 2> err || fault "repeated, it says: $(cat err)"
    [ "$(seen)" = "$new" ] || fault "repeated, it ends otherwise"
    [ "$(ls -A d)" = "$files" ] || fault "files: $(ls -A d | tr '\n' ' ')"
  done 2> /dev/null  # where bash says that something was killed
}

material
middle=
words='tokenizer train --train a.tsv --vocab-size 32 --extra-ids 10 --output d'
try 'tokenizer train' - "$t5" $words
try 'tokenizer train --overwrite' tok-b "$t5" $words --overwrite
try 'new' - "$t5" new --config shape.json --tokenizer tok-a --output d
try 'new beside its vocabulary' tok-a "$t5" new --config shape.json --tokenizer d --output d
try 'new --overwrite' b "$t5" new --config shape.json --tokenizer tok-a --output d --overwrite
try 'new --overwrite without a vocabulary' b-shards \
  "$t5" new --config shape.json --output d --overwrite
try 'convert in shards' - "$t5" convert --model a --output d --max-shard-size 4KB
try 'convert --overwrite' b-shards "$t5" convert --model a --output d --overwrite
try 'convert in place' a "$t5" convert --model d --output d --dtype bfloat16 --overwrite

run="--model a --train a.tsv --output d --save-steps 3 --logging-steps 1 --quiet"
validation='--validation a.tsv --eval-steps 2'
rm -rf d
quiet "$t5" train $run $validation --max-steps 2
middle=$(seen)
try 'train' - "$t5" train $run $validation --max-steps 4 --resume
try 'train --overwrite' run-b "$t5" train $run $validation --max-steps 4 --overwrite
middle=
try 'train without validation' - "$t5" train $run --max-steps 4 --resume
try 'pretrain' - "$t5" pretrain $run --inputs-length 16 --max-steps 4 --resume
try 'pretrain, its tokens kept' - \
  "$t5" pretrain $run --inputs-length 16 --max-steps 4 --cache-dir d/cache --resume
for task in one two; do
  echo '{"splits": {"train": "a.tsv", "validation": "a.tsv"}, "generation": {"max_new_tokens": 2}}' \
    > $task.json
done
mixture='--model a --task one.json two.json --output d --save-steps 3 --logging-steps 1 --quiet'
rm -rf d
quiet "$t5" train $mixture --eval-steps 2 --max-steps 2
middle=$(seen)
try 'train, a mixture' - "$t5" train $mixture --eval-steps 2 --max-steps 4 --resume
echo "$kills kills, $faults faults"
[ $faults = 0 ]
