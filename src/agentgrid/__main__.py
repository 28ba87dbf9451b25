"""`agentgrid hook …` goes straight to the guard; everything else is the command line."""

import sys


def main() -> int:
    """Runs the program on sys.argv; returns its exit code."""
    if len(sys.argv) > 1 and sys.argv[1] == "hook":
        from agentgrid.hooks.guard import run_hook

        return run_hook(sys.argv[2:])
    from agentgrid.cli.app import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
