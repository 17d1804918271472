#!/usr/bin/env bash
# Deploys HEAD to staging, by starting the same pipeline that a push starts: on GitHub (origin), or in the rehearsal
# with --rehearsal. Extra arguments go to `git push`.
set -euo pipefail

remote=origin
if [ "${1:-}" = --rehearsal ]; then
  remote=rehearsal
  shift
fi
if ! git remote get-url "$remote" >/dev/null 2>&1; then
  echo "There is no remote \"$remote\" here." >&2
  if [ "$remote" = rehearsal ]; then echo 'Start the rehearsal first: npm start' >&2; fi
  exit 1
fi
if ! git diff --quiet HEAD --; then
  echo 'Uncommitted changes are not deployed: only what is committed is pushed.' >&2
fi
exec git push "$@" "$remote" HEAD:refs/heads/main
