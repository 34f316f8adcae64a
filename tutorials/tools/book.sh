#!/bin/sh
# tutorials/tools/book.sh BUILD: the course as one offline book. Pandoc makes BUILD/book/index.html
# and a page for each chapter; Chromium prints BUILD/book/t5-from-scratch.pdf.
set -eu
build=$1
out=$build/book
tools=tutorials/tools/book
sh .ci/deps book

chromium=
for name in chromium chromium-browser google-chrome; do
  command -v "$name" >/dev/null 2>&1 && chromium=$name && break
done

rm -rf "$out"
mkdir -p "$out/images" "$out/.parts"
cp "$tools/search.js" "$tools/steps.js" "$out"

# The typefaces go with the book where this machine has them, so that it looks alike everywhere.
# face FILE FAMILY WEIGHT STYLE
face() {
  found=$(find /usr/share/texmf/fonts /usr/share/texlive /usr/share/fonts "$HOME/Library/Fonts" \
    -name "$1" 2>/dev/null | head -n 1)
  [ -n "$found" ] || return 0
  mkdir -p "$out/fonts"
  cp "$found" "$out/fonts"
  printf '@font-face { font-family: "%s"; font-weight: %s; font-style: %s; src: url("fonts/%s"); }\n' \
    "$2" "$3" "$4" "$1"
}
{
  face texgyrepagella-regular.otf "TeX Gyre Pagella" normal normal
  face texgyrepagella-italic.otf "TeX Gyre Pagella" normal italic
  face texgyrepagella-bold.otf "TeX Gyre Pagella" bold normal
  face texgyrepagella-bolditalic.otf "TeX Gyre Pagella" bold italic
  face texgyrepagella-math.otf "TeX Gyre Pagella Math" normal normal
  cat "$tools/book.css"
} > "$out/book.css"

# NAME=SOURCE for every page, in the order of the book.
pages="index=tutorials/README.md"
for lesson in tutorials/[0-9][0-9]-*/README.md; do
  [ -f "$lesson" ] || continue
  name=${lesson#tutorials/}
  pages="$pages ${name%/README.md}=$lesson"
done
pages="$pages notation=docs/notation.md glossary=docs/glossary.md architecture=docs/architecture.md"
pages="$pages teaching=docs/teaching.md contributing=docs/contributing.md changes=CHANGELOG.md"

title_of() { sed -n 's/^# //p' "$1" | head -n 1; }
name_of() { printf '%s' "${1%%=*}"; }
source_of() { printf '%s' "${1#*=}"; }

# contents PREFIX SUFFIX: a line with a link for each page
contents() {
  for each in $pages; do
    printf '<li><a href="%s%s%s">%s</a></li>\n' "$1" "$(name_of "$each")" "$2" \
      "$(title_of "$(source_of "$each")")"
  done
}
links=$(contents '' .html)

# Pandoc writes names of functions as operators, with an operator's wide space on both sides.
narrow='s|<mo>([A-Za-z]{2,})</mo>|<mo lspace="0.1em" rspace="0.1em">\1</mo>|g
  s|<mo>([A-Zℓ])</mo>|<mi>\1</mi>|g
  s/(<mo>(=|≈|≤|≥|,|←)<\/mo>|<mrow>)<mo>−<\/mo>/\1<mo form="prefix">−<\/mo>/g
  s|(<mo [^>]*form="p[a-z]*fix")>|\1 lspace="0em" rspace="0em">|g'

# The page's text as HTML: convert PAGE SOURCE OPTION…
convert() {
  page=$1 source=$2
  shift 2
  pandoc -f gfm+tex_math_dollars+gfm_auto_identifiers -t html5 --mathml --wrap=none \
    -M page="$page" -M folder="$(dirname "$source")" -M out="$out" -M pages="$pages" \
    -L "$tools/filter.lua" "$@" "$source" | sed -E "$narrow"
}

# The three hints of each exercise, folded.
hints() {
  file=$(dirname "$2")/hints.md
  case $2 in tutorials/[0-9]*) [ -f "$file" ] || return 0 ;; *) return 0 ;; esac
  echo '<details class="hints"><summary>Hints</summary>'
  convert "$1" "$file" --id-prefix=hints-
  echo '</details>'
}

make_page() {
  page=$1 source=$2 previous=$3 next=$4
  (hints "$page" "$source") > "$out/.parts/hints.html"
  { echo '<ul>'; echo "$links" | sed "s|href=\"$page.html\"|& aria-current=\"page\"|"; echo '</ul>'; } \
    > "$out/.parts/contents.html"
  set -- --template="$tools/page.html" --toc --toc-depth=3 -M index="$out/.parts/sections" \
    -M pagetitle="$(title_of "$source")" -B "$out/.parts/contents.html" -A "$out/.parts/hints.html"
  [ -z "$previous" ] || set -- "$@" -M previous="$(name_of "$previous")" \
    -M previoustitle="$(title_of "$(source_of "$previous")")"
  [ -z "$next" ] || set -- "$@" -M next="$(name_of "$next")" \
    -M nexttitle="$(title_of "$(source_of "$next")")"
  convert "$page" "$source" "$@" > "$out/$page.html"
}

previous=
current=
for next in $pages ''; do
  [ -z "$current" ] || make_page "$(name_of "$current")" "$(source_of "$current")" "$previous" "$next"
  previous=$current
  current=$next
done

{
  echo 'const titlesOfPages = {'
  for each in $pages; do
    printf '"%s": "%s",\n' "$(name_of "$each")" "$(title_of "$(source_of "$each")" | sed 's/["\\]/\\&/g')"
  done
  echo '};'
  echo 'const sectionsOfBook = ['
  cat "$out/.parts/sections"
  echo '];'
} > "$out/index.js"

# All pages in one, for paper.
{
  echo '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T5 from Scratch</title>'
  echo '<link rel="stylesheet" href="book.css"></head><body><section class="cover">'
  echo '<h1>T5 from Scratch</h1><p>From the first tensor to a model that translates, in C++</p>'
  echo '<img src="images/00-first-run-t5-small.svg" alt="The parts of t5-small"></section>'
  echo '<h1 id="contents">Contents</h1><ol class="chapters">'
  contents '#' ''
  echo '</ol>'
  for each in $pages; do
    page=$(name_of "$each")
    printf '<a id="%s"></a>\n' "$page"
    convert "$page" "$(source_of "$each")" -M print=yes --id-prefix="$page-"
  done
  echo '</body></html>'
} > "$out/print.html"

sandbox=
[ "$(id -u)" != 0 ] || sandbox=--no-sandbox
"$chromium" --headless $sandbox --disable-gpu --no-pdf-header-footer \
  --generate-pdf-document-outline --print-to-pdf="$out/t5-from-scratch.pdf" \
  "file://$(cd "$out" && pwd | sed 's/ /%20/g')/print.html" > "$out/.parts/chromium.log" 2>&1 ||
  { cat "$out/.parts/chromium.log" >&2; exit 1; }
[ -s "$out/t5-from-scratch.pdf" ] || { echo "book: Chromium wrote no PDF" >&2; exit 1; }
rm -rf "$out/.parts" "$out/print.html"
echo "$out/index.html"
echo "$out/t5-from-scratch.pdf"
