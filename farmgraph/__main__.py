"""``python -m farmgraph`` is the command ``farmgraph``."""

from farmgraph.cli import main

if __name__ == "__main__":
    main()
