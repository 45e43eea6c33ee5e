"""What an execution leaves behind: its status, figures and streams."""

import nbformat

STATUS = {
    "state": "done",
    "reason": "",
    "key": "k",
    "wall_s": 31.4,
    "peak_rss_bytes": 1_234_000_000,
    "peak_gpu_bytes": 0,
    "device": "cpu",
    "profile": "quick",
    "parameters": {"seed": 3, "dataset": "embedded"},
    "finished": "2025-03-09T10:11:12+00:00",
}


WORDS = {"name": "fig-demo-line", "caption": "A line.", "alt": "A line that " * 5}


def figure(**changes: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output(
        "display_data",
        data={"image/svg+xml": "<svg/>", "text/plain": "[Figure]"},
        metadata={"course_figure": {**WORDS, **changes}},
    )


def stream(text: str, name: str = "stdout") -> nbformat.NotebookNode:
    return nbformat.v4.new_output("stream", name=name, text=text)
