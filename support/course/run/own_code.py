"""The code of a reader's method: all that is its own, as one parcel.

That are the modules of its package, whatever else of the reader's it imports, and the
files that it declares in ``METHOD_FILES``.  A run is named by a digest of them, and
they are what is laid into the folder of a benchmark's run, here or on another machine.
"""

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from support.course.project.errors import CourseError
from support.course.project.files import digest
from support.course.project.look_at_method import DECLARED
from support.course.project.methods import Method
from support.course.run.imports import (
    code_text,
    files_of,
    imported_names,
    module_name,
    of_the_project,
)

__all__ = ["OwnCode", "own_code"]

#: A folder with more is no package of a method's, but somebody's home.
_MOST_MODULES = 200
_MOST_BYTES = 256 * 2**20
#: Modules by dotted name: where each is, and whether it is installed.
_Modules = dict[str, tuple[Path, bool]]


@dataclass(frozen=True)
class OwnCode:
    """What a reader's method consists of, as it stood when it was looked at.

    Attributes:
        spec: of the method.
        files: that travel with it, by their place below a folder of modules.
        installed: that must be where it runs, by the same.
        uses: dotted names of the project's own modules that it imports.
        held: digest of what an instance or a partial holds; empty for a function.
        unknown: what nobody can know of it, in words.
    """

    spec: str
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    installed: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    uses: tuple[str, ...] = ()
    held: str = ""
    unknown: str = ""

    @cached_property
    def parts(self) -> dict[str, str]:
        """A digest of each part, by a name that a reader understands."""
        found = {
            f"{place} of the method": digest(content)
            for place, content in {**self.installed, **self.files}.items()
        }
        return found | ({"what the method holds": self.held} if self.held else {})

    @cached_property
    def code(self) -> str:
        """One digest of it all; comments and docstrings are no part of it."""
        texts = {
            place: code_text(content.decode("utf-8", "replace"))
            if place.endswith(".py")
            else digest(content)
            for place, content in {**self.installed, **self.files}.items()
        }
        return digest(json.dumps([texts, self.held], sort_keys=True))

    def lay(self, folder: Path) -> None:
        """Write the files that travel below a folder."""
        for place, content in self.files.items():
            path = folder / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def own_code(method: Method) -> OwnCode:
    """Gather what a method consists of, and read it once.

    Args:
        method: as :func:`support.course.project.methods.inspect_method` found it.

    Raises:
        CourseError: a file that it declares is missing, lies elsewhere, or all
            together are more than travels.
    """
    modules, uses = _modules(method)
    if of_the_project([method.module]):
        uses.add(method.module)
    files: dict[str, bytes] = {}
    installed: dict[str, bytes] = {}
    for name, (path, there) in sorted(modules.items()):
        (installed if there else files)[_place(name, path)] = path.read_bytes()
    stays = method.module not in modules or modules[method.module][1]
    for place, path in _declared(method).items():
        (installed if stays else files)[place] = path.read_bytes()
    size = sum(map(len, files.values()))
    if size > _MOST_BYTES:
        raise CourseError(
            f"method: {method.spec!r} has {size / 2**20:.0f} MB of files; at most "
            f"{_MOST_BYTES // 2**20} travel with each run. Let it read large ones from "
            f"a folder that every machine has, and leave them out of {DECLARED}."
        )
    return OwnCode(
        method.spec, files, installed, tuple(sorted(uses)), method.held, method.unknown
    )


def _modules(method: Method) -> tuple[_Modules, set[str]]:
    """The reader's modules, and the names of the project's that they import."""
    found: _Modules = {
        name: place
        for name, place in method.loaded.items()
        if not of_the_project([name])
    }
    top = method.module.partition(".")[0]
    path, there = found.get(method.module, (Path(), False))
    if path != Path() and (path.name == "__init__.py" or top != method.module):
        home = _home(method.module, path)
        inside = sorted((home / top).rglob("*.py"))
        if len(inside) <= _MOST_MODULES:
            found |= {module_name(one, home): (one, there) for one in inside}
    uses: set[str] = set()
    waiting = list(found)
    while waiting:  # what is imported inside a function is not loaded yet
        name = waiting.pop()
        path, there = found[name]
        names = _imports(name, path)
        uses.update(of_the_project(names))
        home = _home(name, path)
        others = [one for one in names if not of_the_project([one])]
        if there:  # other packages are known by their versions
            others = [one for one in others if one.partition(".")[0] == top]
        for file in files_of(others, home):
            if (new := module_name(file, home)) not in found:
                found[new] = (file, there)
                waiting.append(new)
    return found, uses


def _imports(name: str, path: Path) -> list[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):  # its text is watched all the same
        return []
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    return imported_names(tree, package)


def _home(name: str, path: Path) -> Path:
    """The folder on the module path that a module was found in."""
    return path.parents[name.count(".") + (path.name == "__init__.py")]


def _place(name: str, path: Path) -> str:
    place = name.replace(".", "/")
    return f"{place}/__init__.py" if path.name == "__init__.py" else f"{place}.py"


def _declared(method: Method) -> dict[str, Path]:
    """The files that a method's module names, by the place they are laid to."""
    if not method.declared:
        return {}
    module = method.loaded[method.module][0]
    folder, home = module.parent, _home(method.module, module)
    found: dict[str, Path] = {}
    for name in method.declared:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder):
            raise CourseError(
                f"method: {method.spec!r} declares {name!r} in {DECLARED}; name files "
                f"or folders beside {module.name} or below it, without a path upwards."
            )
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        files = [one for one in inside if one.is_file()]
        if not files:
            raise CourseError(
                f"method: {method.spec!r} declares {name!r} in {DECLARED}, but there "
                f"is no such file in {folder}."
            )
        found |= {one.relative_to(home).as_posix(): one for one in files}
    return found
