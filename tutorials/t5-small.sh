#!/bin/sh
# make t5-small: the published checkpoint (huggingface.co/google-t5/t5-small, Apache-2.0), held
# against its published answers. Usage: t5-small.sh BUILD. A download that was cut off goes on where
# it stopped. T5_SMALL_URL chooses a mirror.
set -eu
build=$1
folder=$build/t5-small
url=${T5_SMALL_URL:-https://huggingface.co/google-t5/t5-small/resolve/main}

command -v curl > /dev/null || {
  echo 't5-small: curl is not here; install it, or put the files into '"$folder"' by hand' >&2
  exit 1
}
# Linux has the one, macOS the other.
if command -v sha256sum > /dev/null; then sha256=sha256sum; else sha256='shasum -a 256'; fi

mkdir -p "$folder"
for file in config.json generation_config.json spiece.model model.safetensors; do
  [ -e "$folder/$file" ] && continue
  curl -fL --no-progress-meter -C - -o "$folder/$file.part" "$url/$file" 2> "$folder/error" || {
    printf 't5-small: %s/%s: %s; is there a network? The same command goes on from here\n' \
      "$url" "$file" "$(tail -n 1 "$folder/error")" >&2
    exit 1
  }
  # The server tells the SHA-256 of large files in this header.
  sum=$(curl -sI "$url/$file" | tr -d '\r"' | tr A-Z a-z | sed -n 's/^x-linked-etag: \([0-9a-f]\{64\}\)$/\1/p')
  if [ -n "$sum" ] && [ "$($sha256 "$folder/$file.part" | cut -c1-64)" != "$sum" ]; then
    rm "$folder/$file.part"
    printf 't5-small: %s is damaged; it was removed, run the same command again\n' "$file" >&2
    exit 1
  fi
  mv "$folder/$file.part" "$folder/$file"
done
rm -f "$folder/error"
"$build/t5" verify "$folder" --answers "$(dirname "$0")/published.json"
