"""What in an answer a person should look at.

A check runs in the same process as the answer that it tries, so an answer that is
written to deceive can.  The fence keeps it from anybody else; this names what an
answer to an exercise has no use for.
"""

import ast
from collections.abc import Iterator

__all__ = ["remarks"]

_USUAL = {
    *("collections", "copy", "dataclasses", "fractions", "functools", "itertools"),
    *("math", "operator", "random", "statistics", "typing", "warnings"),
    *("matplotlib", "numpy", "pandas", "scipy", "seaborn", "sklearn", "sympy", "torch"),
    *("chapters", "support"),
}
_JUDGES = ("answers", "exercises", "course")  # parts of names of our own modules
_NAMES = {
    *("__import__", "breakpoint", "compile", "delattr", "eval", "exec", "exit"),
    *("get_ipython", "globals", "input", "locals", "open", "quit", "setattr", "vars"),
}
_SPECIAL = {"__call__", "__init__", "__len__", "__name__"}


def remarks(answer: str) -> list[str]:
    """List what is unusual in an answer, in words.

    Args:
        answer: a student's text.

    >>> remarks("import sys\\n\\ndef f(x):\\n    return x.__dict__")
    ['imports sys', 'uses __dict__']
    >>> remarks("def area(p):\\n    return p.mean()")
    []
    """
    try:
        tree = ast.parse(answer)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ["is not plain Python"]
    return list(dict.fromkeys(_unusual(tree)))


def _unusual(tree: ast.Module) -> Iterator[str]:
    made = {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    made |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            for name in _imported(node):
                parts = name.split(".")
                if parts[0] not in _USUAL or set(parts) & set(_JUDGES):
                    yield f"imports {name}"
        elif isinstance(node, ast.Name) and node.id in {*_NAMES, *_JUDGES}:
            yield f"uses {node.id}"
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in _JUDGES:
            yield f"defines {node.name}"
        elif isinstance(node, ast.Attribute):
            name = node.attr
            if name.startswith("__") and name not in _SPECIAL:
                yield f"uses {name}"
            root = node.value
            while isinstance(root, ast.Attribute):
                root = root.value
            if isinstance(node.ctx, ast.Load) or not isinstance(root, ast.Name):
                continue
            if root.id not in made:
                yield f"changes {ast.unparse(node)}"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [f"{node.module or ''}.{alias.name}" for alias in node.names]
