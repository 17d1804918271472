#!/usr/bin/env bash
# Releases a version to production: tags HEAD and pushes the tag, to GitHub (origin) or to the rehearsal. The pipeline
# promotes what served in staging, and waits for an approval before it touches anything.
#
#   scripts/deploy-production.sh [--rehearsal] [VERSION]
#
# Without a VERSION, the next patch after the last version that is tagged here.
set -euo pipefail

# shellcheck source=scripts/remote.sh
. "$(dirname "$0")/remote.sh"

if [ $# -gt 0 ]; then
  version=${1#v}
else
  git fetch --quiet --tags "$remote"
  # Releases alone: a prerelease does not say which version comes next.
  last=$(git tag --list 'v[0-9]*' --sort=-version:refname | grep -E '^v[0-9]+\.[0-9]+\.[0-9]+$' | head -n 1 || true)
  last=${last:-v0.0.0}
  version=${last#v}
  version=${version%.*}.$((${version##*.} + 1))
fi
# The pipeline holds the tag to all of the rules; this is the one that a typing error breaks.
if ! [[ $version =~ ^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$ ]]; then
  echo "\"$version\" is not a version such as 1.2.3." >&2
  exit 1
fi
tag=v$version
if git rev-parse --quiet --verify "refs/tags/$tag" >/dev/null; then
  if [ "$(git rev-parse "$tag^{commit}")" != "$(git rev-parse HEAD)" ]; then
    echo "$tag stands for another commit already. A version is for good: choose the next one." >&2
    exit 1
  fi
else
  git tag "$tag"
fi

echo "Releasing $(git rev-parse --short HEAD) as $tag; the run waits for an approval."
exec git push "$remote" "refs/tags/$tag"
