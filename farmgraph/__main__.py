"""``python -m farmgraph`` is the command ``farmgraph``; Ctrl-C is heard from the first moment on."""

from farmgraph.leaving import leave_at_once


def main() -> None:
    """Run the command line; loading it takes a moment, in which one may already want to stop."""
    leave_at_once()
    from farmgraph.cli import main as run

    run()


if __name__ == "__main__":
    main()
