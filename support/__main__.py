"""``python -m support`` is the command ``course``."""

from support.course.cli.app import main

if __name__ == "__main__":
    main()
