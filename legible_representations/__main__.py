"""``python -m legible_representations`` is the command ``course``."""

from legible_representations import main

if __name__ == "__main__":
    main()
