"""Create the environment: a virtual environment with pinned versions.

Runs on a bare Python, before anything is installed.  A second call with
nothing changed does nothing and needs no network.

    python3 tools/install.py --venv .venv --extras book,test
"""

import argparse
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OLDEST, NEWEST = (3, 11), (3, 13)


def main() -> int:
    """Install what is missing; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    parser.add_argument("--extras", default="book")
    parser.add_argument(
        "--torch",
        choices=["auto", "cpu", "default"],
        default=os.environ.get("COURSE_TORCH", "auto"),
        help="cpu: the build without CUDA; default: what the index gives; "
        "auto: cpu on a Linux machine without an NVIDIA driver, else default",
    )
    options = parser.parse_args()
    base = suitable_python()
    if base is None:
        versions = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
        print(
            f"This is Python {platform.python_version()}, and no python3.11, 3.12 or "
            f"3.13 was found. The course needs Python {versions}: install one, or "
            "name it with 'make PYTHON=/path/to/python course'.",
            file=sys.stderr,
        )
        return 2
    python = options.venv / "bin" / "python"
    stamp = options.venv / ".installed"
    key = digest(base)
    wanted = {key, *options.extras.split(",")} - {""}
    there = set(stamp.read_text().split()) if stamp.exists() else set()
    if python.exists() and wanted <= there:  # more extras satisfy who asks for fewer
        return 0
    try:
        install(base, options.venv, python, options.extras, options.torch)
    except subprocess.CalledProcessError as error:
        print(
            f"\nThe installation stopped at: {' '.join(map(str, error.cmd[1:]))}\n"
            "Look at the message above; a network is needed for this step only. "
            "Run the same command again to go on.",
            file=sys.stderr,
        )
        return 1
    kept = there if key in there else set()  # of other pins, nothing is kept
    stamp.write_text(" ".join(sorted(wanted | kept)) + "\n")
    return 0


def suitable_python() -> str | None:
    """The running Python when its version fits, else the newest that does."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    names = (f"python3.{minor}" for minor in range(NEWEST[1], OLDEST[1] - 1, -1))
    return next((found for name in names if (found := shutil.which(name))), None)


def digest(python: str) -> str:
    """What an installation depends on; a change of it installs anew."""
    parts = [python.encode(), str(ROOT).encode()]
    parts += [
        (ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")
    ]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def install(base: str, venv: Path, python: Path, extras: str, torch: str) -> None:
    """Create the environment and install torch, then the package."""
    if not works(python):
        say(f"creating the environment {venv}")
        run(base, "-m", "venv", "--clear", venv)
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    pinned = f"torch=={pin('torch')}"
    if not has_torch(python):
        say(f"installing {pinned} (the largest part)")
        wants_cpu = torch == "cpu" or (torch == "auto" and needs_cpu_build())
        if not (
            wants_cpu and not offers_cpu_build(pip, pinned) and try_uv(pip, python)
        ):
            run(*pip, "install", "--quiet", "-c", ROOT / "constraints.txt", pinned)
    say(f"installing the package with its extras: {extras}")
    target = f"{ROOT}[{extras}]" if extras else str(ROOT)
    constraints = ["-c", ROOT / "constraints.txt"]
    run(*pip, "install", "--quiet", *constraints, "--editable", target)


def works(python: Path) -> bool:
    """Whether the environment's Python starts and has pip."""
    return python.exists() and succeeds(python, "-m", "pip", "--version")


def has_torch(python: Path) -> bool:
    """Whether the pinned torch is there, of whatever build."""
    code = f"import torch; assert torch.__version__.split('+')[0] == '{pin('torch')}'"
    return succeeds(python, "-c", code)


def needs_cpu_build() -> bool:
    """Linux without an NVIDIA driver, where the default build is gigabytes."""
    driver = shutil.which("nvidia-smi")
    return sys.platform == "linux" and not (driver and succeeds(driver))


def offers_cpu_build(pip: list, pinned: str) -> bool:
    """Whether pip, as configured here, would take a build without CUDA anyway."""
    command = [*pip, "install", "--quiet", "--dry-run", "--no-deps", "--report", "-"]
    result = subprocess.run([*command, pinned], capture_output=True, text=True)
    if result.returncode:
        return False
    report = json.loads(result.stdout)
    return all("+cpu" in item["metadata"]["version"] for item in report["install"])


def try_uv(pip: list, python: Path) -> bool:
    """Let uv, which knows torch's own builds, install the one for the CPU."""
    constraints = ROOT / "constraints.txt"
    if not succeeds(*pip, "install", "--quiet", "-c", constraints, "uv"):
        return False
    uv = [python, "-m", "uv", "pip", "install", "--quiet", "--python", python]
    done = succeeds(*uv, "--torch-backend", "cpu", "-c", constraints, "torch")
    if not done:
        say("the CPU build is out of reach; taking the default build, which is large")
    return done


def pin(name: str) -> str:
    """The pinned version of a package."""
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line.startswith(f"{name}=="):
            return line.split("==")[1].strip()
    raise SystemExit(f"constraints.txt has no line '{name}==...'; add it")


def succeeds(*command: object) -> bool:
    """Whether a command ends well; its output is not shown."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.run([str(part) for part in command], **quiet).returncode == 0


def run(*command: object) -> None:
    """Run a command and show what it says."""
    subprocess.run([str(part) for part in command], check=True)


def say(words: str) -> None:
    """Tell the person who waits."""
    print(f"[install] {words}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
