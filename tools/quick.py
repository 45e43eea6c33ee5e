"""Name the tests of what has changed: the arguments of pytest in ``make quick``.

Changed is what differs from the last commit; where nothing does, the last commit.
A module's tests are its own examples and the test files that name it, nearest first.
"""

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Test files that two cores run within half a minute.
MOST = 12
PAIRS, ALWAYS = "tests/notebooks/test_pairs.py", "tests/test_environment.py"
#: What has examples of its own; the template's files are copied, not imported.
MODULE = re.compile(r"(support|chapters|tools)/(?!.*/template/).*\.py")
#: These need executions and a built book.
APART = ("tests/book/", "tests/notebooks/")


def changed() -> list[str]:
    """Paths that differ from the last commit, or else those that it changed."""
    new = git("ls-files", "--others", "--exclude-standard")
    return git("diff", "--name-only", "HEAD") + new or git(
        "show", "--format=", "--name-only", "HEAD"
    )


def git(*words: str) -> list[str]:
    """The lines that git answers."""
    ran = subprocess.run(
        ["git", *words], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True
    )
    return ran.stdout.splitlines()


def choose(paths: Sequence[str], tests: Sequence[str], root: Path) -> list[str]:
    """The files for pytest: changed tests, then those nearest to changed modules."""
    chosen = [PAIRS] if any(re.fullmatch(r"chapters/.*\.md", p) for p in paths) else []
    chosen += [path for path in paths if path in tests]
    wanted = (p for p in paths if MODULE.fullmatch(p))
    modules = [path for path in wanted if (root / path).is_file()]
    texts = {test: (root / test).read_text("utf-8") for test in tests}
    distances: dict[str, tuple[bool, int]] = {}
    for *package, name in (Path(path).with_suffix("").parts for path in modules):
        named = rf"{'[.]'.join(package)}([.]| import [\w\s,(]*?\b){name}\b"
        for test in (test for test, text in texts.items() if re.search(named, text)):
            rooms = len(set(package[1:]) ^ set(Path(test).parts[1:-1]))
            far = (not Path(test).stem.startswith(f"test_{name}"), rooms)
            distances[test] = min(far, distances.get(test, far))
    chosen += sorted(distances, key=lambda test: (distances[test], test))
    return [*(list(dict.fromkeys(chosen))[:MOST] or [ALWAYS]), *modules]


if __name__ == "__main__":
    found = sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("tests/**/*.py"))
    unit = [p for p in found if "/test_" in p and not p.startswith(APART)]
    print(*choose(changed(), unit, ROOT))
