"""Other machines: a Dask scheduler that runs already, or jobs of Slurm.

The runs travel as parcels, so that the machines share no file system.  Each needs
this package and its requirements installed, in the same version, and the corpora
where a run asks for one.
"""

import logging
import shutil
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from support.course.kernel.execution import Outcome
from support.course.project.errors import CourseError
from support.course.run.parcels import Parcel
from support.course.run.places import PlaceLostError, Reporter, perform_there

__all__ = ["Cluster", "connect", "slurm_cluster", "slurm_place"]

_CONNECT_S = 10
#: How long nobody may be there to work: somebody starts workers by hand, or Slurm's
#: queue is long.
_PATIENCE_S = {"scheduler": 600.0, "slurm": 7 * 86400.0}
#: How many workers may die under one run before it counts as failed.
_RETRIES = 3


class Cluster:
    """A Dask cluster behind the interface of an executor.

    Args:
        client: connected to the scheduler.
        device: that the runs ask for; for ``cuda`` each takes one unit of the
            workers' resource ``GPU``.
        patience_s: after how many seconds without a worker the run is given up.
        owned: a cluster to be closed with it.
    """

    def __init__(
        self, client: Any, device: str, patience_s: float, owned: Any = None
    ) -> None:
        needs = {"GPU": 1} if device.startswith("cuda") else None
        self._client, self._owned, self._needs = client, owned, needs
        self.patience_s = patience_s
        self.executor = client.get_executor(
            pure=False, retries=_RETRIES, resources=needs
        )

    def slots(self) -> int:
        """Twice what the workers can do at once, so that none ever waits for work.

        Raises:
            PlaceLostError: the scheduler is gone.
        """
        return max(2, 2 * sum(self._able()))

    def waits(self) -> str:
        """For a worker that can do a run, where there is none.

        Raises:
            CourseError: the scheduler is gone, or Slurm has refused the jobs.
        """
        if refused := getattr(self._owned, "refused", None):
            raise CourseError(
                f"--slurm: Slurm refuses the jobs: {refused[0]}", exit_code=1
            )
        able = self._able()
        if any(able):
            return ""
        where = self._client.scheduler.address
        if not able:
            return f"no worker has come to {where} yet"
        return (
            f"none of the {len(able)} worker(s) at {where} offers what the runs ask "
            f"for, {self._needs}; start one with --resources GPU=1"
        )

    def _able(self) -> list[int]:
        """How many of the runs each worker can do at once."""
        if self._client.status not in ("running", "connecting"):
            raise PlaceLostError
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        if self._needs is None:
            return [worker["nthreads"] for worker in workers]
        return [int(worker["resources"].get("GPU", 0)) for worker in workers]

    def submit(self, parcel: Parcel, report: Reporter) -> Future[Outcome]:
        """Send a run; it reports nothing before its end."""
        return self.executor.submit(perform_there, parcel)

    def close(self, *, now: bool) -> None:
        """Leave the cluster; with ``now``, cancel what it has not begun."""
        self.executor.shutdown(wait=not now)
        self._client.close()
        if self._owned is not None:
            self._owned.close()


def connect(address: str, device: str, wait: float | None = None) -> Cluster:
    """Connect to a Dask scheduler.

    Args:
        address: such as ``tcp://10.0.0.5:8786``.
        device: that the runs ask for.
        wait: seconds that no worker may be there; ten minutes by default.

    Raises:
        CourseError: distributed is not installed, or nobody answers.
    """
    distributed = _require("distributed", "--scheduler")
    try:
        client = distributed.Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        words = " ".join(str(error).split())
        raise CourseError(
            f"--scheduler: nobody answers at {address!r} ({words}). Start one with "
            "'dask scheduler', or look at the address that it printed."
        ) from None
    return Cluster(client, device, wait or _PATIENCE_S["scheduler"])


def slurm_place(
    options: Mapping[str, Any], device: str, wait: float | None = None
) -> Cluster:
    """Ask Slurm for workers and wait for none of them: they join as they start.

    Args:
        options: of :class:`support.course.bench.settings.Settings`.
        device: that the runs ask for.
        wait: seconds that no worker may be there; a week by default.

    Raises:
        CourseError: dask-jobqueue or Slurm is not there.
    """
    distributed = _require("distributed", "--slurm")
    _require("dask_jobqueue", "--slurm")
    if shutil.which("sbatch") is None:
        raise CourseError(
            "--slurm: there is no command 'sbatch' here. Give the command where Slurm "
            "takes jobs, on a login node for example, or leave --slurm out."
        )
    cluster = slurm_cluster(options)
    try:
        cluster.scale(jobs=options["workers"])
        client = distributed.Client(cluster, set_as_default=False)
    except (OSError, RuntimeError) as error:
        cluster.close()
        words = " ".join(str(error).split())
        raise CourseError(f"--slurm: the jobs could not be given: {words}") from None
    return Cluster(client, device, wait or _PATIENCE_S["slurm"], owned=cluster)


def slurm_cluster(options: Mapping[str, Any]) -> Any:
    """Describe the jobs; one job is one worker that does one run at a time.

    Args:
        options: ``cores``, ``memory``, ``walltime``, ``queue``, ``account``,
            ``gpus`` and ``setup``, as Slurm understands them.

    Returns:
        A ``dask_jobqueue.SLURMCluster``; its ``job_script()`` shows the script, and
        ``refused`` holds Slurm's own words where it would not take a job.

    Raises:
        CourseError: dask-jobqueue is not installed.
    """
    jobqueue = _require("dask_jobqueue", "--slurm")
    refused: list[str] = []

    job = jobqueue.slurm.SLURMJob

    async def submit(self: Any, script: str) -> Any:
        try:
            return await job._submit_job(self, script)
        except Exception as error:  # whoever started this task would not hear it
            refused.append(_last_words(error))
            raise

    watched = type(job.__name__, (job,), {"_submit_job": submit})
    kind = type("Slurm", (jobqueue.SLURMCluster,), {"job_cls": watched})
    gpus = options.get("gpus", 0)
    extra = ["--resources", f"GPU={gpus}"] if gpus else []
    extra += ["--nthreads", str(max(1, gpus))]
    cluster = kind(
        cores=options.get("cores", 2),
        processes=1,
        memory=options.get("memory", "4GB"),
        walltime=options.get("walltime", "01:00:00"),
        queue=options.get("queue"),
        account=options.get("account"),
        job_script_prologue=list(options.get("setup", [])),
        job_extra_directives=[f"--gres=gpu:{gpus}"] if gpus else [],
        worker_extra_args=extra,
        # a job that ends within its time, not in the middle of a run
        nanny=True,
    )
    cluster.refused = refused
    return cluster


def _last_words(error: Exception) -> str:
    """What the command itself said, of all that is told of its failure."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("sbatch:")]
    return " ".join(said or lines[-3:]) or type(error).__name__


def _require(module: str, option: str) -> Any:
    import importlib

    try:
        found = importlib.import_module(module)
    except ImportError:
        raise CourseError(
            f"{option} needs {module.replace('_', '-')}, which is not installed: "
            "pip install -e '.[cluster]' in the project's folder"
        ) from None
    # What Dask logs of failures is told by the errors, in better words; its import
    # sets levels of its own.
    for name in ("distributed", "distributed.client", "tornado.application", "asyncio"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return found
