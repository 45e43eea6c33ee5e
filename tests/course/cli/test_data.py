"""``course data`` as a person types it: words, exit codes, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from support.course.cli import data
from support.course.cli.data import app
from support.course.pages.datasets import licence_table, render
from support.data.acquisition import registry
from tests.data_fixtures import cache, real_corpora, tiny, web

__all__ = ["cache", "real_corpora", "tiny", "web"]  # fixtures

ROOT = Path(__file__).resolve().parents[3]


def run(*words: str) -> Result:
    result = CliRunner().invoke(app, list(words))
    assert result.exception is None or isinstance(result.exception, SystemExit), (
        result.exception
    )
    return result


def failed(result: Result, code: int, *phrases: str) -> None:
    """The command failed with one line on stderr that holds these phrases."""
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, lines
    for phrase in phrases:
        assert phrase in lines[0]


def test_list_shows_every_corpus_with_licence_and_place(tiny, tmp_path, monkeypatch):
    tiny.add("cherry", tiny.files["berry"], noncommercial="all", licence="CC BY-NC 4.0")
    folder = tiny.place(tmp_path / "here", "apple")
    result = run("list", "--data-dir", str(folder))
    assert result.exit_code == 0
    rows = {
        line.split()[0]: line for line in result.output.splitlines() if line.split()
    }
    assert "3.2 kB" in rows["apple"]
    assert "here (data_dir" in rows["apple"]
    assert "not here" in rows["berry"]
    assert "CC BY-NC 4.0; non-commercial: all" in rows["cherry"]
    monkeypatch.setenv("COURSE_DATA_RELEASE", "https://example.org")
    assert "to download" in run("list").output


def test_a_narrow_terminal_gets_lines_instead_of_letters(tiny, monkeypatch):
    monkeypatch.setattr(data, "_console", lambda: Console(width=40))
    output = run("list").output
    assert "  Size: 3.2 kB" in output.splitlines()
    assert max(map(len, output.splitlines())) <= 40


def test_the_real_list_names_all(cache):
    result = run("list")
    assert result.exit_code == 0
    for name in registry.names():
        assert name in result.output


def test_get_downloads_and_says_where(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    result = run("get", "apple", "berry", "apple")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"apple: here and right, {cache / 'apple'}",
        f"berry: here and right, {cache / 'berry'}",
    ]
    assert result.stderr == ""  # no bar where nobody watches


def test_get_fills_a_new_folder(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(tiny.place(tmp_path / "here")))
    tiny.add("bowl", {}, parts=["apple", "berry"])
    target = tmp_path / "stick" / "data"
    result = run("get", "--all", "--data-dir", str(target))
    assert result.exit_code == 0
    assert sorted(path.name for path in target.iterdir()) == ["apple", "berry"]
    assert "bowl" not in result.output
    assert run("get", "bowl", "--data-dir", str(target)).exit_code == 0


def test_get_says_when_nobody_can_verify(tiny, web, cache):
    web.offer(tiny)
    origin = f"{web.address}/berry"
    tiny.add("berry", tiny.files["berry"], sha256="unknown", origin=origin)
    result = run("get", "berry")
    assert result.exit_code == 0
    assert "Warning: berry/berry.bin is not verified" in result.stderr
    assert "berry: here, not verified" in result.stdout
    result = run("check", "berry")
    assert result.exit_code == 0
    assert "cannot be verified" in result.stderr


@pytest.mark.parametrize("command", ["get", "check"])
def test_unknown_names_suggest_and_stop_before_anything(tiny, web, command):
    result = run(command, "apple", "bery")
    failed(result, 2, "no corpus 'bery'", "Did you mean berry?", "Known: apple, berry")
    assert web.asked == []


def test_get_wants_names_or_all(tiny):
    failed(run("get"), 2, "name a corpus, or --all", "apple, berry")
    failed(run("get", "apple", "--all"), 2, "not both")


def test_get_goes_on_after_a_failure_and_counts(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    web.behave["/apple/apple.csv"] = "fail"
    result = run("get", "apple", "berry")
    assert result.exit_code == 1
    assert result.stdout.startswith("berry: here and right")
    error, count = result.stderr.strip().splitlines()
    assert error.startswith("Error: apple could not be downloaded.")
    assert "answered 500" in error
    assert count == "1 of 2 corpora are not here."


def test_get_without_any_address(tiny):
    failed(run("get", "apple"), 1, "not published yet", "COURSE_DATA")


def test_get_tells_a_wrong_file_apart(tiny, tmp_path):
    folder = tiny.place(tmp_path / "here")
    (folder / "berry/berry.bin").write_bytes(bytes(76_800))
    result = run("get", "berry", "--data-dir", str(folder))
    failed(
        result, 1, "berry.bin is not the file of berry", "SHA-256", "course data get"
    )


@pytest.mark.parametrize("command", ["list", "check"])
def test_a_named_folder_must_be_there(tiny, tmp_path, command, monkeypatch):
    nowhere = str(tmp_path / "nowhere")
    failed(run(command, "--data-dir", nowhere), 1, "is not there: create it")
    monkeypatch.setenv("COURSE_DATA", nowhere)
    failed(run(command), 1, "COURSE_DATA names", "is not there")


def test_check_passes_on_right_files_and_says_what_is_absent(tiny, tmp_path):
    folder = tiny.place(tmp_path / "here", "apple")
    result = run("check", "--data-dir", str(folder))
    assert result.exit_code == 0
    assert "2 right, 0 wrong, 0 not verified, 1 not here (berry)." in result.stdout
    result = run("check", "berry", "--data-dir", str(folder))
    assert result.exit_code == 1  # it was asked for by name


def test_check_fails_on_a_flipped_bit_that_keeps_size_and_time(tiny, tmp_path):
    folder = tiny.place(tmp_path / "here")
    assert run("check", "--data-dir", str(folder)).exit_code == 0
    path = folder / "berry/berry.bin"
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[1_000] ^= 1
    path.write_bytes(bytes(content))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    result = run("check", "--data-dir", str(folder))
    failed(result, 1, "berry.bin is not the file of berry")
    assert "WRONG" in result.stdout
    assert "2 right, 1 wrong" in result.stdout


def test_check_of_the_real_corpora(real_corpora):
    result = run("check")
    assert result.exit_code == 0
    assert "26 right, 0 wrong" in result.stdout


def test_licences_as_table_and_markdown():
    result = run("licences")
    assert result.exit_code == 0
    assert "CC BY-NC-SA 4.0" in result.output
    result = run("licences", "--markdown")
    assert result.output.strip() == licence_table().strip()
    assert len(result.output.strip().splitlines()) == 2 + len(registry.licences())


def test_help_and_wrong_options():
    for words in ([], ["--help"], ["get", "--help"]):
        assert "corpora" in run(*words).output.lower()
    result = run("get", "--colour", "red")
    assert result.exit_code == 2
    assert "No such option" in result.output


def test_the_command_imports_neither_torch_nor_numpy():
    code = (
        "import sys\n"
        "from typer.testing import CliRunner\n"
        "from support.course.cli.data import app\n"
        "assert CliRunner().invoke(app, ['licences']).exit_code == 0\n"
        "heavy = {'torch', 'numpy', 'pandas', 'requests'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr


# --- the page -----------------------------------------------------------------------


def test_the_page_has_every_corpus_its_licence_and_citation():
    page = render()
    for row in registry.catalogue().values():
        assert page.count(f"### {row.title}\n") == 1
        for fact in (row.content, row.licence, row.citation, row.note, row.loader):
            assert fact in page
        assert f"course data get {row.name}" in page
    assert "**Non-commercial use only:** all" in page
    assert page.startswith("## ")
    assert "# " not in {line[:2] for line in page.splitlines()}  # one title a page


def test_links_of_the_page_have_targets():
    page = render()
    for row in registry.catalogue().values():
        label = f"data-{row.name.replace('_', '-')}"
        assert page.count(f"(#{label})") == 1
        assert page.count(f"({label})=") == 1


def test_tables_of_the_page_are_well_formed():
    tables = [block for block in render().split("\n\n") if block.startswith("|")]
    assert len(tables) == 4
    for table in tables:
        lines = table.splitlines()
        assert len({line.count("|") for line in lines}) == 1
        assert set(lines[1]) == set("| -")


def test_the_page_follows_the_registry_only(tiny, monkeypatch):
    tiny.add("cherry", tiny.files["berry"], content="a | b\nc", share_alike="all")
    page = render()
    assert "a \\| b c" in page
    assert "**Share-alike:** all" in page
    assert "MNIST" not in page
    monkeypatch.setenv("COURSE_DATA_RELEASE", "https://example.org")
    assert render() == page


def test_the_written_page_asks_for_the_made_part_once():
    text = (ROOT / "book" / "datasets.md").read_text(encoding="utf-8")
    assert text.count("\n% insert: datasets\n") == 1
    assert text.splitlines()[1] == "# Data sets and their licences"
