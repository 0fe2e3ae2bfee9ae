"""Open everything in order and serve the page until it is stopped.

The only place that starts Gradio; knows no events.
"""

from __future__ import annotations

import io
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from chatbot.settings import Settings

if TYPE_CHECKING:
    from chatbot.desk import Desk

# Before Gradio is imported: nothing about this machine leaves it, and no event that is over is
# kept for a dashboard that nobody can open (it would also make a table of all after each).
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)


def serve(settings: Settings) -> None:
    """Open the library and the reader, serve the page, print its address; returns at Ctrl-C."""
    from chatbot.ui.uploads import private_folder

    os.umask(0o077)  # whatever this process writes is its user's alone, uploads too
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    _say(f"library: {settings.home}")
    with private_folder():
        _serve(settings)


def _serve(settings: Settings) -> None:
    from chatbot.desk import Desk, open_library, open_reader
    from chatbot.ui.door import caller

    desk = Desk(open_library(settings), open_reader(settings), settings, caller)
    try:
        desk.add_samples()
        desk.warm_up()
        for line in _open_page(desk, settings):
            _say(line)
        threading.Event().wait()
    except KeyboardInterrupt:
        _say("stopped")
    finally:
        desk.close()


def _open_page(desk: Desk, settings: Settings) -> list[str]:
    """Serve the page and the programs' doors in a thread; what to say about it."""
    from gradio.utils import get_upload_folder
    from starlette.middleware import Middleware

    from chatbot.api.bodies import BodyLimit
    from chatbot.api.callers import Callers
    from chatbot.api.calls import Calls
    from chatbot.api.doors import doors
    from chatbot.api.hosts import HostCheck, allowed_hosts, host_of_origin
    from chatbot.people.limits import MB
    from chatbot.ui.address import ready_lines, unshown_lines
    from chatbot.ui.door import Door
    from chatbot.ui.doorway import Doorway
    from chatbot.ui.hub import Hub, keep_in_frames
    from chatbot.ui.kept import Kept
    from chatbot.ui.layout import PAGES, STYLE, build, first_moments, head, style, theme
    from chatbot.ui.sessions import keep_little
    from chatbot.ui.uploads import UPLOAD, Closed, CountedUploads, keep_apart

    max_file_bytes = settings.max_file_mb * MB
    uploads = Path(get_upload_folder())
    calls = Calls(desk, max_file_bytes, uploads)
    page = build(desk, calls)
    door, hub = Door(desk, PAGES, style()), Hub(desk, PAGES, style(), settings.space_host)
    programs = doors(desk, calls, settings)
    hosts = allowed_hosts(settings)
    may_keep = settings.space_host and desk.workspace.visitors
    kept = [Middleware(Kept, pages=PAGES, enter=desk.workspace.enter)] if may_keep else []
    os.environ["FORWARDED_ALLOW_IPS"] = settings.trusted_proxies  # where Gradio's server looks
    page.queue(default_concurrency_limit=4, api_open=False)
    keep_apart()
    if desk.hf_oauth:
        keep_in_frames()
    port = settings.port or _free_port(settings.host)
    with redirect_stdout(io.StringIO()):  # what is worth saying is said by the caller
        _, _, public_url = page.launch(
            server_name=settings.host,
            server_port=port,
            share=settings.share,
            max_file_size=max_file_bytes,
            blocked_paths=[str(settings.home.resolve())],
            show_error=False,
            quiet=True,
            prevent_thread_lock=True,
            footer_links=[],
            ssr_mode=False,
            theme=theme(),
            css_paths=STYLE,
            auth_dependency=door.name_of if desk.has_accounts else None,
            app_kwargs={
                "middleware": [
                    Middleware(HostCheck, hosts=hosts),
                    Middleware(Callers),
                    Middleware(CountedUploads, gate=desk.gate, pages=PAGES, folder=uploads),
                    Middleware(BodyLimit, most_bytes=2 * max_file_bytes + MB, unlimited=UPLOAD),
                    Middleware(Closed),
                    *hub.middleware(),
                    *kept,
                    Middleware(Doorway, pages=PAGES, head=head(), first=first_moments),
                ],
                "routes": [*door.routes(), *hub.routes(), *programs.routes],
                "lifespan": programs.lifespan,
                "exception_handlers": {**door.exception_handlers(), **hub.exception_handlers()},
            },
        )
    hosts.allow(host_of_origin(public_url or ""))
    door.open(page.app)
    keep_little(page)
    return [*ready_lines(settings, port, public_url), *unshown_lines(desk.n_unshown())]


def _stop(number: int, frame: FrameType | None) -> None:
    """A polite end of the process is the same as Ctrl-C; asked again, it is ending already."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
