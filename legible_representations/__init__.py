"""The command ``course`` under a name that no other package has.

Everything of the project is in ``support``, a name that others use too.  This module
sees whether that is ours, and says so where it is not.
"""

import importlib.util
import sys
from pathlib import Path

__all__ = ["main"]


def main() -> None:
    """Run the command line ``course``, or say which package has taken its place."""
    ours = Path(__file__).resolve().parents[1] / "support" / "__init__.py"
    found = importlib.util.find_spec("support")
    origin = Path(found.origin).resolve() if found and found.origin else None
    if origin != ours:
        sys.exit(
            f"course: Python finds another package called 'support', {origin}, before "
            f"this project's, {ours}. Take its folder out of PYTHONPATH, start from "
            "another folder, or uninstall it."
        )
    from support.course.cli.app import main as course

    course()
