"""Allow `python -m gamsa` in place of the `gamsa` command."""

from gamsa.cli import main

if __name__ == "__main__":
    main()
