#!/bin/sh
# Lines of code per folder: neither blank nor only a comment.
for folder in tensor autograd nn t5 tutorials tests; do
  find "$folder" \( -name '*.h' -o -name '*.cpp' \) -exec cat {} + 2>/dev/null |
    grep -cvE '^[[:space:]]*(//.*)?$' | awk -v f="$folder" '{ printf "%-10s %6d\n", f, $1 }'
done | awk '{ print; if ($1 ~ /^(tensor|autograd|nn|t5)$/) total += $2 }
  END { printf "%-10s %6d   (tensor, autograd, nn, t5)\n", "library", total }'
