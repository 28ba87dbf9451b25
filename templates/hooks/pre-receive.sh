#!/bin/sh
# agentgrid on a server: judges each push before any ref moves. For the hooks directory of a bare repository, under the
# name pre-receive and executable. Whatever goes wrong refuses the push.
#
#   git config agentgrid.protectBase true    nobody pushes to the base branch directly
#   git config agentgrid.base main           the base, where it is not the repository's default branch

# The command, or its full path: the user that git runs as may have another PATH.
program=agentgrid

if ! command -v "$program" >/dev/null 2>&1; then
    echo "agentgrid: refused: this server checks pushes with agentgrid, and $program is not there" >&2
    exit 1
fi
exec "$program" hook pre-receive
