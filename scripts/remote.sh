# To be sourced: where to push to, as "$remote", and the arguments without `--rehearsal`.
# shellcheck shell=bash
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
