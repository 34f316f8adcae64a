#!/usr/bin/env bash
# Creates the Python environment of the oracle: tests/parity/setup.sh [DIRECTORY]
# (default: build/oracle). Nothing in `make` or `make test` needs it.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
target="${1:-$here/../../build/oracle}"

python3 -m venv "$target"
# torch alone and first: with the rest beside it, pip's resolver may prefer a build for GPUs.
"$target/bin/pip" install --quiet "$(grep '^torch==' "$here/requirements.txt")"
"$target/bin/pip" install --quiet -r "$here/requirements.txt"
"$target/bin/python" - <<'PYTHON'
import ctranslate2, sentencepiece, torch, transformers
print(f"oracle: torch {torch.__version__}, transformers {transformers.__version__}, "
      f"ctranslate2 {ctranslate2.__version__}, sentencepiece {sentencepiece.__version__}")
PYTHON
