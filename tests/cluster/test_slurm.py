"""The job that Slurm is given, without a Slurm."""

import pytest

from support.course.bench.clusters import slurm_cluster
from support.course.bench.settings import settings_from

OPTIONS = {
    "workers": "4",
    "queue": "gpu",
    "account": "lab",
    "walltime": "02:30:00",
    "memory": "8GB",
    "cores": "2",
    "gpus": "1",
    "setup": ["source .venv/bin/activate"],
}


def script(options: dict[str, object]) -> str:
    """Write the job's script as ``course bench --slurm`` would."""
    settings = settings_from({"out": "x", "slurm": options}, "test")
    assert settings.slurm is not None
    with slurm_cluster(settings.slurm) as cluster:
        return str(cluster.job_script())


def test_the_job_asks_for_what_was_named() -> None:
    text = script(dict(OPTIONS))
    for line in (
        "#SBATCH -p gpu",
        "#SBATCH -A lab",
        "#SBATCH -t 02:30:00",
        "#SBATCH --mem=8G",
        "#SBATCH --cpus-per-task=2",
        "#SBATCH --gres=gpu:1",
        "source .venv/bin/activate",
    ):
        assert line in text, text
    assert "--resources GPU=1" in text
    assert "--nthreads 1" in text


def test_without_cards_none_is_asked_for() -> None:
    text = script({"workers": 2})
    assert "gres" not in text
    assert "GPU" not in text
    assert "--nthreads 1" in text


@pytest.mark.parametrize("name", ["-p", "-A"])
def test_what_is_not_named_is_left_to_slurm(name: str) -> None:
    assert f"#SBATCH {name}" not in script({})
