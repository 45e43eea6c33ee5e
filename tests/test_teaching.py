"""What the page on teaching promises, as far as it runs here: the hub, and Colab."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from traitlets.config.loader import PyFileConfigLoader

from support.data.acquisition.registry import catalogue

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def blocks() -> list[tuple[str, str]]:
    page = (ROOT / "book" / "teaching.md").read_text("utf-8")
    section = page.partition("## On a JupyterHub\n")[2].partition("\n## ")[0]
    return BLOCK.findall(section)


def shell(blocks: list[tuple[str, str]], word: str) -> str:
    (found,) = (text for kind, text in blocks if kind == "sh" and word in text)
    return found


def bash(script: str, folder: Path) -> None:
    script = f'sudo() {{ "$@"; }}\nset -eu\n{script}'
    subprocess.run(["bash", "-c", script], cwd=folder, check=True, capture_output=True)


def test_the_fragment_is_what_jupyterhub_reads_and_says_what_the_commands_say(
    blocks: list[tuple[str, str]], tmp_path: Path
) -> None:
    (fragment,) = (text for kind, text in blocks if kind == "python")
    (tmp_path / "jupyterhub_config.py").write_text(fragment, "utf-8")
    spawner = PyFileConfigLoader("jupyterhub_config.py", str(tmp_path)).load_config()[
        "Spawner"
    ]
    limits = shell(blocks, "limits.memory")
    assert f"limits.memory {spawner.mem_limit}\n" in limits
    assert f"limits.cpu {spawner.cpu_limit:g}\n" in limits
    kernel = shell(blocks, "ipykernel install")
    for name, value in spawner.environment.items():
        assert f"--env {name} {value}" in kernel


def test_the_kernel_of_the_hub_is_the_courses(
    blocks: list[tuple[str, str]], tmp_path: Path
) -> None:
    script = shell(blocks, "ipykernel install").partition("sudo .venv")[2]
    script = script.replace("/bin/python", f"'{sys.executable}'", 1)
    bash(script.replace("/opt/tljh/user", f"'{tmp_path}'"), tmp_path)
    path = tmp_path / "share" / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel = json.loads(path.read_text("utf-8"))
    assert kernel["argv"][0] == sys.executable
    assert kernel["env"]["OMP_NUM_THREADS"] == "1"
    assert kernel["env"]["COURSE_DATA"] == "/srv/course-data"


def test_the_data_that_are_fetched_can_be_and_their_folder_is_made_before(
    blocks: list[tuple[str, str]],
) -> None:
    folder, names = re.search(
        r"COURSE_DATA=(\S+) \S+ data get (.+)", shell(blocks, "data get")
    ).groups()
    for name in names.split():
        assert all(file.origin for file in catalogue()[name].files), name
    assert f"mkdir -p {folder}\n" in shell(blocks, "ipykernel install")


def test_the_loop_collects_a_notebook_a_student(
    blocks: list[tuple[str, str]], tmp_path: Path
) -> None:
    users = [f"root:x:0:0::{tmp_path}/root:/bin/sh"]
    for name in ("anna", "ben"):
        home = tmp_path / "home" / f"jupyter-{name}"
        (home / "concepts").mkdir(parents=True)
        (home / "concepts" / "exercises.ipynb").write_text(f"of {name}", "utf-8")
        users.append(f"{home.name}:x:1:1::{home}:/bin/sh")
    (tmp_path / "users").write_text("\n".join(users) + "\n", "utf-8")
    script = shell(blocks, "handed-in").replace("getent passwd", "cat users")
    bash(re.sub(r"\S+ mark", "echo", script), tmp_path)
    found = {p.name: p.read_text("utf-8") for p in (tmp_path / "handed-in").iterdir()}
    assert found == {"anna.ipynb": "of anna", "ben.ipynb": "of ben"}


def test_an_address_in_the_settings_is_all_that_the_button_for_colab_waits_for() -> (
    None
):
    text = (ROOT / "_config.yml").read_text("utf-8")
    settings = yaml.safe_load(text)
    assert "repository" not in settings
    assert "colab_url" not in settings["launch_buttons"], "it would lead elsewhere"
    waiting = re.compile(r"^# (?=  colab_url:|repository:|  url:|  branch:)", re.M)
    settings = yaml.safe_load(waiting.sub("", text))
    assert settings["launch_buttons"]["colab_url"].startswith("https://colab.")
    assert set(settings["repository"]) == {"url", "branch"}
