"""The first line of every notebook: parameters in, a ready run out."""

import ast
import hashlib
import inspect
import os
import platform
import textwrap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import torch
from IPython.display import Markdown, display
from numpy.typing import ArrayLike

from support.claims import load_claims
from support.ledger import Ledger
from support.own_method import in_words, load_method
from support.plots import use_style
from support.quotes import Quote, claimed, folder_of, quote
from support.records import PROFILES, Records
from support.training import (
    generator,
    require_tensor,
    resolve_device,
    stream_seed,
)

__all__ = ["Lesson", "start"]

Value = TypeVar("Value")
PACKAGE = Path(__file__).resolve().parent
RECORDED_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn")


@dataclass(frozen=True)
class Lesson:
    """A run of one notebook: its checked parameters and what they decide.

    Made by :func:`start`.
    """

    chapter: str
    profile: str
    dataset: str
    seed: int
    device: torch.device
    method: Callable[..., Any] | None
    method_name: str

    def pick(self, *, quick: Value, full: Value) -> Value:
        """Return the value for this run's profile."""
        return quick if self.profile == "quick" else full

    def seed_for(self, stream: str) -> int:
        """Return an independent seed for one named use of randomness."""
        return stream_seed(self.seed, stream)

    def generator(self, stream: str) -> torch.Generator:
        """Return a CPU generator for one named use of randomness."""
        return generator(self.seed, stream)

    def checkpoint(self, name: str) -> Path | None:
        """Where a long training keeps its state; nothing is kept in ``quick``.

        Pass it to `support.training.fit`: an interrupted run with the same
        parameters and the same code goes on where it stopped.  Any change of the
        package's code gives another file, so that no old state enters a record.

        Args:
            name: of the training, unique in the lesson.

        Returns:
            A file under ``_build/checkpoints``, or None in the quick profile.
        """
        if self.profile == "quick":
            return None
        root = Path(os.environ.get("COURSE_ROOT", PACKAGE.parent))
        run = (self.chapter, self.profile, self.dataset, self.seed, self.method_name)
        key = hashlib.sha256(repr((run, name, str(self.device))).encode())
        for file in sorted(PACKAGE.rglob("*.py")):
            key.update(file.read_bytes())
        folder = root / "_build" / "checkpoints" / self.chapter
        return folder / f"{key.hexdigest()[:16]}.pt"

    def say(self, template: str, **values: Any) -> None:
        """Display a sentence whose numbers come from variables.

        >>> lesson = start("concepts")  # doctest: +SKIP
        >>> lesson.say("It falls to {x:.2f}.", x=0.123)  # doctest: +SKIP
        """
        display(Markdown(textwrap.dedent(template).strip().format(**values)))

    def records(
        self, chapter: str = "", *, profile: str = "quick", dataset: str = "embedded"
    ) -> Records:
        """What the recorded seeds of one setting measured; empty without a record.

        Args:
            chapter: another's slug, written out; this one's when left out.
            profile: of the records.
            dataset: of the records.

        Raises:
            ValueError: the file of records is damaged.
        """
        folder = folder_of(chapter or self.chapter, self.chapter)
        return Records.read(folder / "results.json").of((profile, dataset))

    def recorded(
        self,
        template: str,
        *,
        profile: str = "quick",
        dataset: str = "embedded",
        **values: str | ArrayLike,
    ) -> None:
        """Display a sentence whose numbers are those of many recorded seeds.

        Where one of them has no record, a line says so in the sentence's place.

        Args:
            template: with fields such as ``{gain:.1f}``, ``{gain.interval:.1f}`` and
                ``{n}`` for the number of seeds; see `support.quotes.Quote`.
            profile: of the claims' records.
            dataset: of the claims' records.
            values: by the names in the template: a claim such as ``"3b"``, or
                ``"concepts.2a"`` of another chapter, or numbers, one a seed, made of
                `records`.

        Raises:
            ValueError: a chapter has no such claim; the message lists its claims.

        >>> lesson.recorded("Over {n} seeds it gains {x:.2f} {x.interval:.2f}.",
        ...                 x="multiclass_auc.3b")  # doctest: +SKIP
        >>> runs = lesson.records(dataset="broadcast")  # doctest: +SKIP
        >>> lesson.recorded(
        ...     "On {x.above} of {n} seeds the rival is better, by {x:.1f} points.",
        ...     x=runs.scores("weighted CE", "AUC D") - runs.scores("CE", "AUC D"),
        ... )  # doctest: +SKIP
        """
        quotes = {
            name: claimed(value, self.chapter, (profile, dataset))
            if isinstance(value, str)
            else Quote(value)
            for name, value in values.items()
        }
        if missing := [name for name, one in quotes.items() if one.n < 2]:
            words = f"course run {self.chapter} --record"
            words += "" if profile == "quick" else f" --profile {profile}"
            words += "" if dataset == "embedded" else f" --dataset {dataset}"
            self.say(
                "*Not recorded yet: {names}. `{words}` completes this sentence.*",
                names=", ".join(missing),
                words=words,
            )
            return
        display(Markdown(quote(textwrap.dedent(template).strip(), quotes)))

    def source(self, function: Callable[..., Any] | type) -> None:
        """Display the source that runs, its docstring cut.

        The page shows the very function that the chapter calls, so the two
        cannot differ.
        """
        path = Path(inspect.getsourcefile(function) or "")
        home = path.name
        if path.is_relative_to(PACKAGE.parent):
            home = path.relative_to(PACKAGE.parent).as_posix()
        code = _without_docstring(textwrap.dedent(inspect.getsource(function)))
        display(Markdown(f"```python\n# {home}\n{code}\n```"))

    def entry(
        self, *, shape: Sequence[int] | None = None
    ) -> dict[str, Callable[..., Any]]:
        """The reader's own method as an entry of a comparison: its name and itself.

        Args:
            shape: of what it must return at each call, ``()`` for one number; it
                must be finite too.  None where it returns something else, which
                the chapter then checks with `require_tensor`.

        Returns:
            One entry; none where the run has no method of the reader's.

        >>> start("concepts").entry()  # doctest: +SKIP
        {}
        """
        method = self.method
        if method is None:
            return {}
        if shape is None:
            return {self.method_name: method}

        def checked(*args: Any, **kwargs: Any) -> Any:
            what = "what your method returned"
            return require_tensor(method(*args, **kwargs), shape=shape, what=what)

        return {self.method_name: checked}

    @contextmanager
    def guard(self, name: str, where: str = "") -> Iterator[None]:
        """Let the reader's own method fail in words, and the lesson go on.

        Around the training and the scores of one method.  What goes wrong for the
        reader's is displayed and enters the record as its failure; what goes wrong
        for any other is an error as ever.

        Args:
            name: the method at work.
            where: the setting in which it is at work, for the message.

        >>> with lesson.guard(name, "task A"):  # doctest: +SKIP
        ...     scores[name] = evaluate(train(loss))
        """
        try:
            yield
        except (Exception, SystemExit) as error:
            if not self.method or name != self.method_name:
                raise
            place = f"{where}: " if where else ""
            reason = f"{place}{in_words(error, self.method)}"
            self.ledger.fail(name, reason)
            text = f"Your method `{name}` did not finish. {reason}"
            display(Markdown(f"{text}\n\nThe other methods go on without it."))

    @cached_property
    def ledger(self) -> Ledger:
        """The chapter's claims, read from ``claims.yml`` beside the notebook."""
        return Ledger(load_claims("claims.yml"), self._context)

    def _context(self) -> dict[str, Any]:
        versions = {name: version(name) for name in RECORDED_PACKAGES}
        on_gpu = self.device.type == "cuda"
        peak = torch.cuda.max_memory_allocated(self.device) if on_gpu else 0
        return {
            "chapter": self.chapter,
            "profile": self.profile,
            "dataset": self.dataset,
            "method": self.method_name,
            "seed": self.seed,
            "device": torch.cuda.get_device_name(self.device) if on_gpu else "cpu",
            "precision": "float32",
            "versions": {"python": platform.python_version(), **versions},
            "peak_gpu_bytes": peak,
        }


def start(
    chapter: str,
    *,
    profile: str = "quick",
    dataset: str = "embedded",
    seed: int = 0,
    device: str = "auto",
    method: str = "",
) -> Lesson:
    """Check the parameters, pick the device, set the style, say what runs.

    Args:
        chapter: the chapter's slug.
        profile: ``quick`` (a laptop, a minute) or ``full`` (the paper's sizes).
        dataset: ``embedded`` or the registry's name of a corpus.
        seed: everything random derives from it, each use by its own stream.
        device: ``auto``, ``cpu``, ``cuda`` or ``cuda:N``.
        method: empty, or the reader's own ``package.module:callable``.

    Returns:
        The run; its ``say``, ``source``, ``ledger`` and ``pick`` serve the page.

    Raises:
        ValueError: a parameter has a wrong value; the message says which.
    """
    if profile not in PROFILES:
        raise ValueError(f"profile: got {profile!r}; give 'quick' or 'full'")
    if not isinstance(dataset, str) or not dataset:
        raise ValueError(f"dataset: got {dataset!r}; give 'embedded' or a corpus")
    stream_seed(seed, "check")
    chosen = resolve_device(device)
    torch.backends.cudnn.allow_tf32 = False
    torch.set_float32_matmul_precision("highest")
    use_style()
    lesson = Lesson(
        chapter, profile, dataset, seed, chosen, load_method(method), method
    )
    own = f" · method {method}" if method else ""
    print(
        f"{chapter} · {profile} profile · {dataset} data · seed {seed} · {chosen}{own}"
        f" · Python {platform.python_version()} · torch {torch.__version__}"
    )
    return lesson


def _without_docstring(code: str) -> str:
    definition = ast.parse(code).body[0]
    if isinstance(definition, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
        definition
    ):
        text = definition.body[0]
        lines = code.splitlines()
        code = "\n".join([*lines[: text.lineno - 1], *lines[text.end_lineno :]])
    return code.strip()
