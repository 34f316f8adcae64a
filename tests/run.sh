#!/bin/sh
# tests/run.sh LOG PROGRAM: runs a test program, showing its output and keeping it for the totals.
log=$1
shift
: > "$log"
status=0
{ "$@" 2>&1 || echo "exit status $?" > "$log.failed"; } | tee "$log"
if [ -f "$log.failed" ]; then
  cat "$log.failed"
  rm -f "$log.failed"
  status=1
fi
exit $status
