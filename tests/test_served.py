"""What counts as a failed event in a server's log."""

from __future__ import annotations

from tests.served import failed

REFUSED = """\
  File "/home/x/chatbot/api/hosts.py", line 91, in __call__
    await (refusal or self._app)(scope, receive, send)
  File "/home/x/chatbot/api/callers.py", line 32, in __call__
    await self._app(scope, receive, send)
  File "/home/x/.venv/lib/gradio/routes.py", line 1838, in sse_stream
    raise HTTPException(
"""
FAILED = """\
  File "/home/x/chatbot/ui/source_panel.py", line 60, in step
    place = self.desk.step(self.desk.visitor(token), place, int(event.by))
            ^^^^^^^^^^^^^^
"""


def test_what_gradio_refuses_is_no_failure_and_an_event_of_ours_that_raises_is_one() -> None:
    assert not failed("")
    assert not failed(REFUSED)
    assert failed(FAILED)
    assert failed(REFUSED + FAILED)
