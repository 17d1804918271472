#!/usr/bin/env bash
# Deploys HEAD to staging, by starting the same pipeline that a push starts: on GitHub (origin), or in the rehearsal
# with --rehearsal. Extra arguments go to `git push`.
set -euo pipefail

# shellcheck source=scripts/remote.sh
. "$(dirname "$0")/remote.sh"
if ! git diff --quiet HEAD --; then
  echo 'Uncommitted changes are not deployed: only what is committed is pushed.' >&2
fi
exec git push "$@" "$remote" HEAD:refs/heads/main
