"""``python -m kc``."""

from kc.cli.main import main

if __name__ == "__main__":
    main()
