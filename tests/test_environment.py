"""The three descriptions of the environment say the same."""

import importlib.util
import os
import re
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version


@pytest.fixture(scope="module")
def project(project_root):
    return tomllib.loads((project_root / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def pins(project_root):
    lines = (project_root / "constraints.txt").read_text().splitlines()
    entries = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", entry) for entry in entries)
    return {canonical(name): version for name, version in split(entries)}


@pytest.fixture(scope="module")
def installer(project_root):
    spec = importlib.util.spec_from_file_location(
        "install", project_root / "tools" / "install.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def split(entries):
    return (entry.split("==") for entry in entries)


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_requirement_is_pinned_within_its_range(project, pins):
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["book"], *extras["test"]]
    for requirement in map(Requirement, wanted):
        version = pins[canonical(requirement.name)]
        assert version in requirement.specifier, requirement
        assert requirement.specifier, f"{requirement.name} has no range"


def test_torch_accepts_2_6_and_is_pinned_exactly(project, pins):
    torch = next(
        r for r in map(Requirement, project["dependencies"]) if r.name == "torch"
    )
    assert "2.6.0" in torch.specifier
    assert Version(pins["torch"]) >= Version("2.6")


def test_conda_installs_the_same(project_root, project):
    environment = yaml.safe_load((project_root / "environment.yml").read_text())
    assert environment["name"] == project["name"]
    entries = environment["dependencies"]
    python = next(entry for entry in entries if str(entry).startswith("python "))
    assert SpecifierSet(python.split()[1]) == SpecifierSet(project["requires-python"])
    pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    extras = ",".join(project["optional-dependencies"])
    assert pip == ["--constraint constraints.txt", f"--editable .[{extras}]"]


def test_the_installer_knows_the_supported_pythons(installer, project):
    supported = SpecifierSet(project["requires-python"])
    for version, inside in [("3.10", 0), ("3.11", 1), ("3.13", 1), ("3.14", 0)]:
        assert (f"{version}.0" in supported) == bool(inside)
        pair = tuple(map(int, version.split(".")))
        assert (installer.OLDEST <= pair <= installer.NEWEST) == bool(inside)


def test_a_second_call_installs_nothing(installer, tmp_path, monkeypatch):
    calls: list[tuple] = []

    def install(base, venv, python, extras, torch):
        calls.append((venv, extras))
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(installer, "install", install)
    venv = tmp_path / "an environment"
    for extras in ("book", "book", "test", "book", "book,test", "cluster"):
        monkeypatch.setattr(sys, "argv", ["x", "--venv", str(venv), "--extras", extras])
        assert installer.main() == 0
    assert [extras for _, extras in calls] == ["book", "test", "cluster"]


def test_other_pins_install_anew(installer, tmp_path, monkeypatch):
    calls: list[str] = []

    def install(base, venv, python, extras, torch):
        calls.append(extras)
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    monkeypatch.setattr(installer, "install", install)
    command = ["x", "--venv", str(tmp_path / "venv"), "--extras", "book"]
    monkeypatch.setattr(sys, "argv", command)
    assert installer.main() == 0
    monkeypatch.setattr(installer, "digest", lambda python: "other")
    assert installer.main() == 0
    assert installer.main() == 0
    assert calls == ["book", "book"]


def test_an_unsuitable_python_is_named(installer, monkeypatch, capsys):
    monkeypatch.setattr(installer.sys, "version_info", (3, 9, 1))
    monkeypatch.setattr(installer.shutil, "which", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["install.py"])
    assert installer.main() == 2
    assert "needs Python 3.11 to 3.13" in capsys.readouterr().err


def test_a_failed_step_is_named_and_resumed(installer, tmp_path, monkeypatch, capsys):
    def broken(*arguments):
        raise subprocess.CalledProcessError(1, ["python", "-m", "pip", "install"])

    monkeypatch.setattr(installer, "install", broken)
    monkeypatch.setattr(sys, "argv", ["x", "--venv", str(tmp_path / "venv")])
    assert installer.main() == 1
    assert "stopped at: -m pip install" in capsys.readouterr().err
    assert not (tmp_path / "venv" / ".installed").exists()


@pytest.mark.parametrize("driver", [True, False])
def test_the_cpu_build_is_for_linux_without_a_driver(installer, monkeypatch, driver):
    monkeypatch.setattr(installer.sys, "platform", "linux")
    monkeypatch.setattr(
        installer.shutil, "which", lambda name: "smi" if driver else None
    )
    monkeypatch.setattr(installer, "succeeds", lambda *command: driver)
    assert installer.needs_cpu_build() is not driver
    monkeypatch.setattr(installer.sys, "platform", "darwin")
    assert not installer.needs_cpu_build()


def test_the_command_line_is_light(project_root):
    """Help must come at once: nothing heavy is imported for it."""
    code = (
        "import sys, support.course.cli.app; "
        "heavy = {'torch', 'pandas', 'matplotlib', 'papermill', 'scipy', 'sklearn'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=project_root,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        check=True,
    )
    assert result.stdout.strip() == "[]"
