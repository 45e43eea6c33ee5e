"""Other machines: a Dask scheduler that runs already, or jobs of Slurm.

The runs travel as parcels, so that the machines share no file system.  Each needs
this package and its requirements installed, in the same version, and the corpora
where a run asks for one.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from support.course.kernel.execution import Outcome
from support.course.project.errors import CourseError
from support.course.run.parcels import Parcel, perform
from support.course.run.places import PlaceLostError, Reporter

__all__ = ["Cluster", "connect", "slurm_cluster", "slurm_place"]

_CONNECT_S = 10
#: How many workers may die under one run before it counts as failed.
_RETRIES = 3


class Cluster:
    """A Dask cluster behind the interface of an executor.

    Args:
        client: connected to the scheduler.
        device: that the runs ask for; for ``cuda`` each takes one unit of the
            workers' resource ``GPU``.
        owned: a cluster to be closed with it.
    """

    def __init__(self, client: Any, device: str, owned: Any = None) -> None:
        # What Dask logs of a lost scheduler is told by the error, in better words.
        for name in ("distributed", "distributed.client"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        needs = {"GPU": 1} if device.startswith("cuda") else None
        self._client, self._owned, self._needs = client, owned, needs
        self.executor = client.get_executor(
            pure=False, retries=_RETRIES, resources=needs
        )

    def slots(self) -> int:
        """Twice what the workers can do at once, so that none ever waits for work.

        Raises:
            PlaceLostError: the scheduler is gone.
        """
        if self._client.status not in ("running", "connecting"):
            raise PlaceLostError
        workers = self._client.scheduler_info(n_workers=-1)["workers"].values()
        if self._needs is None:
            count = sum(worker["nthreads"] for worker in workers)
        else:
            count = sum(int(worker["resources"].get("GPU", 0)) for worker in workers)
        return max(2, 2 * count)

    def submit(self, parcel: Parcel, report: Reporter) -> Future[Outcome]:
        """Send a run; it reports nothing before its end."""
        return self.executor.submit(perform, parcel)

    def close(self, *, now: bool) -> None:
        """Leave the cluster; with ``now``, cancel what it has not begun."""
        self.executor.shutdown(wait=not now)
        self._client.close()
        if self._owned is not None:
            self._owned.close()


def connect(address: str, device: str) -> Cluster:
    """Connect to a Dask scheduler.

    Args:
        address: such as ``tcp://10.0.0.5:8786``.
        device: that the runs ask for.

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
    return Cluster(client, device)


def slurm_place(options: Mapping[str, Any], device: str) -> Cluster:
    """Ask Slurm for workers and wait for none of them: they join as they start.

    Args:
        options: of :class:`support.course.bench.settings.Settings`.
        device: that the runs ask for.

    Raises:
        CourseError: dask-jobqueue is not installed, or Slurm refuses the jobs.
    """
    distributed = _require("distributed", "--slurm")
    cluster = slurm_cluster(options)
    try:
        cluster.scale(jobs=options["workers"])
        client = distributed.Client(cluster, set_as_default=False)
    except (OSError, RuntimeError) as error:
        cluster.close()
        words = " ".join(str(error).split())
        raise CourseError(f"--slurm: the jobs could not be given: {words}") from None
    return Cluster(client, device, owned=cluster)


def slurm_cluster(options: Mapping[str, Any]) -> Any:
    """Describe the jobs; one job is one worker that does one run at a time.

    Args:
        options: ``cores``, ``memory``, ``walltime``, ``queue``, ``account``,
            ``gpus`` and ``setup``, as Slurm understands them.

    Returns:
        A ``dask_jobqueue.SLURMCluster``; its ``job_script()`` shows the script.

    Raises:
        CourseError: dask-jobqueue is not installed.
    """
    jobqueue = _require("dask_jobqueue", "--slurm")
    gpus = options.get("gpus", 0)
    extra = ["--resources", f"GPU={gpus}"] if gpus else []
    extra += ["--nthreads", str(max(1, gpus))]
    return jobqueue.SLURMCluster(
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


def _require(module: str, option: str) -> Any:
    import importlib

    try:
        return importlib.import_module(module)
    except ImportError:
        raise CourseError(
            f"{option} needs {module.replace('_', '-')}, which is not installed: "
            "pip install 'legible-representations[cluster]'"
        ) from None
