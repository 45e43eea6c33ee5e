"""One Jupyter server, one origin: the book's pages and the kernels behind them.

Whoever may run a kernel may do anything that the reader may do on this machine.
So the server answers this machine alone; it refuses a ``Host`` that is not its own
(a page elsewhere whose name was re-bound to this machine) and an ``Origin`` other
than itself (a page elsewhere that calls it); and it starts kernels only for those
who once came with its token, which is random and kept in no file.
"""

import ipaddress
import json
import os
import re
import secrets
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from jupyter_core.paths import jupyter_runtime_dir
from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_escape
from tornado import web
from tornado.httputil import HTTPServerRequest
from traitlets.config import Config

from support.course.kernel.kernels import ThisInterpreter
from support.course.project.project import Project

__all__ = ["PREFIX", "BookServer", "Times", "make_server", "refusal"]

#: Seconds of each cell by its text, of a chapter's ``lesson`` or ``exercises``.
Times = Callable[[str, str], Mapping[str, float]]

PREFIX = "/read/"
LIVE = "/live/"
FILES = Path(__file__).parent
_PAGE = re.compile(r"^chapters/(?P<slug>\w+)/(?P<stem>lesson|exercises)\.html$")
# No page may ask another host for anything, whatever its scripts would like.
_POLICY = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_IDLE_SECONDS = 3600
_LONGEST_FOLDER = 45


def refusal(request: HTTPServerRequest, *, open_to_network: bool) -> str:
    """Say why a request is refused.

    Args:
        request: its ``Host`` must be this machine: by a loopback address or as
            localhost; where the server is open, any address or this machine's
            name, but no other name.  An ``Origin``, where there is one, must be
            that host.
        open_to_network: whether other machines may come.

    Returns:
        The reason; empty where the request may pass.
    """
    try:
        host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        host = ""
    if not _is_own(host, open_to_network):
        return f"Host {request.headers.get('Host', '')[:80]!r} is not this server."
    origins = [
        value
        for name in ("Origin", "Sec-WebSocket-Origin")
        for value in request.headers.get_list(name)
    ]
    for origin in origins:
        if origin != f"{request.protocol}://{request.headers['Host']}":
            return f"Origin {origin[:80]!r} is not this server."
    return ""


def _is_own(host: str, open_to_network: bool) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        names = {"localhost"} | ({socket.gethostname()} if open_to_network else set())
        return host.lower() in {name.lower() for name in names}
    return address.is_loopback or open_to_network


class _Refused(web.RequestHandler):
    """Answers 403 with one line, whatever was asked."""

    def initialize(self, reason: str) -> None:
        self.reason = reason

    def prepare(self) -> None:
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(f"Refused: {self.reason}\n")


class _Static(JupyterHandler, web.StaticFileHandler):
    """Files that hold nothing secret: the book, and the scripts of this module."""

    @property
    def content_security_policy(self) -> str:
        return _POLICY

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("X-Content-Type-Options", "nosniff")

    def compute_etag(self) -> str | None:
        """Leave it to the time of change, which holds for made pages too."""
        return None

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        await web.StaticFileHandler.get(self, path, include_body)

    @allow_unauthenticated
    async def head(self, path: str) -> None:
        await web.StaticFileHandler.get(self, path, include_body=False)


class _Page(_Static):
    """The book's pages; a chapter's page learns to run, for those with the token."""

    @allow_unauthenticated
    async def get(self, path: str, include_body: bool = True) -> None:
        if self.get_argument("token", ""):  # the cookie is set; forget the address
            self.redirect(PREFIX + quote(path))
            return
        found = _PAGE.match(path)
        file = Path(self.root) / path
        if found is None or not self.current_user or not file.is_file():
            await super().get(path, include_body)
            return
        source = f"{found['slug']}/{found['stem']}.ipynb"
        seconds = self.settings["cell_times"](found["slug"], found["stem"])
        times = json.dumps(dict(seconds))
        times = times.replace("<", "\\u003c")  # no cell ends the script
        added = (
            f'<script type="application/json" id="live-times">{times}</script>'
            f'<link rel="stylesheet" href="{LIVE}own/live.css">'
            f'<script src="{LIVE}own/live.js" data-path="{source}" defer></script>'
        )
        page = file.read_text("utf-8")
        start, end, rest = page.rpartition("</body>")
        _ = self.xsrf_token  # reading it sets the cookie that the API wants
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Referrer-Policy", "no-referrer")
        self.finish(start + added + end + rest)


class _Markdown(APIHandler):
    """Turns the Markdown that cells display into HTML; Thebe brings no parser."""

    @web.authenticated
    def post(self) -> None:
        from markdown_it import MarkdownIt

        text = self.request.body.decode("utf-8", errors="replace")
        parser = MarkdownIt("commonmark", {"highlight": _coloured}).enable("table")
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(parser.render(text))


def _coloured(code: str, language: str, _: str) -> str:
    """Python in the colours of the book's pages; other code as it is."""
    if language not in ("python", "ipython3"):
        return ""
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(code, PythonLexer(), HtmlFormatter(nowrap=True)))


class _First(JupyterHandler):
    """The bare address leads to the book's first page."""

    @allow_unauthenticated
    def get(self) -> None:
        token = self.get_argument("token", "")
        end = f"?token={url_escape(token)}" if token else ""
        self.redirect(f"{PREFIX}index.html{end}")


class BookServer(ServerApp):
    """A Jupyter server that reads no configuration and writes no file."""

    name = "course-serve"
    # kernels and sessions; no access to files but through a kernel
    default_services = ("api", "kernels", "kernelspecs", "sessions")  # type: ignore[assignment]

    html: Path
    thebe: Path
    times: Times
    open_to_network = False

    def load_config_file(self, *args: Any, **kwargs: Any) -> None:
        """Take nothing from the reader's configuration: it may loosen the checks."""

    def write_server_info_file(self) -> None:
        """Keep the token out of files."""

    def write_browser_open_files(self) -> None:
        """Keep the token out of files."""

    def running_server_info(self, kernel_count: bool = True) -> str:
        """Say nothing: the command has said where the book is."""
        return ""

    def init_signal(self) -> None:
        """End at once, kernels included, on Ctrl-C and on SIGTERM."""
        for sign in (signal.SIGINT, signal.SIGTERM):
            signal.signal(sign, lambda *_: self.stop(from_signal=True))

    def init_webapp(self) -> None:
        """Put the book beside the interfaces, and a guard before both."""
        super().init_webapp()
        app = self.web_app
        app.settings["cell_times"] = self.times
        app.add_handlers(
            ".*$",
            [
                (r"/", _First),
                (rf"{LIVE}markdown", _Markdown),
                (
                    rf"{PREFIX}(.*)",
                    _Page,
                    {"path": str(self.html)},
                ),
                (
                    rf"{LIVE}own/(live\.js|live\.css|mathjax\.js)",
                    _Static,
                    {"path": str(FILES)},
                ),
                (rf"{LIVE}thebe/([\w.-]+)", _Static, {"path": str(self.thebe)}),
            ],
        )
        usual = app.find_handler

        def guarded(request: HTTPServerRequest, **kwargs: Any) -> Any:
            reason = refusal(request, open_to_network=self.open_to_network)
            if reason:
                return app.get_handler_delegate(request, _Refused, {"reason": reason})
            return usual(request, **kwargs)

        app.find_handler = guarded  # type: ignore[method-assign]


def make_server(
    project: Project,
    html: Path,
    thebe: Path,
    times: Times,
    *,
    host: str,
    port: int,
    open_to_network: bool,
) -> tuple[BookServer, str]:
    """Make a server that is bound to its port and not yet started.

    Args:
        project: a kernel works in its chapter's folder.
        html: the built book.
        thebe: Thebe's files.
        times: of the cells, as the pages tell them.
        host: the address to listen on.
        port: 0 takes a free one.
        open_to_network: whether other machines may come.

    Returns:
        The server, and the address with the token for the reader's browser.

    Raises:
        OSError: the port is taken, or the host is no address of this machine.
    """
    token = secrets.token_urlsafe(32)
    if not port:
        with socket.create_server((host, 0), family=_family(host)) as probe:
            port = probe.getsockname()[1]
    else:
        socket.create_server((host, port), family=_family(host)).close()
    settings = Config()
    settings.ServerApp.update(
        ip=host,
        port=port,
        port_retries=0,
        open_browser=False,
        root_dir=str(project.root / "chapters"),
        allow_root=True,
        allow_remote_access=True,  # the guard above decides, for every request
        log_level="ERROR",
        kernel_spec_manager_class=ThisInterpreter,
        allow_unauthenticated_access=False,
        jpserver_extensions={},
    )
    settings.ServerApp.cookie_secret = secrets.token_bytes(32)
    settings.IdentityProvider.update(token=token, cookie_options={"SameSite": "Strict"})
    settings.MappingKernelManager.update(
        cull_idle_timeout=_IDLE_SECONDS, default_kernel_name="python3"
    )
    # Sockets in a folder of the reader's own, where their path is not too long.
    if os.name == "posix" and len(jupyter_runtime_dir()) < _LONGEST_FOLDER:
        settings.KernelManager.transport = "ipc"
    BookServer.clear_instance()
    server = BookServer.instance(config=settings)
    server.html, server.thebe, server.times = html, thebe, times
    server.open_to_network = open_to_network
    server.initialize(argv=[], find_extensions=False)
    shown = socket.gethostname() if host in ("0.0.0.0", "::") else host
    shown = f"[{shown}]" if ":" in shown else shown
    return server, f"http://{shown}:{port}/?token={token}"


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
