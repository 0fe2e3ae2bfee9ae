"""An archive in the queue becomes a job for each file in it.

Knows the queue and how archives are listed; parses no document.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..parsing.archive import Member, members
from ..sql.jobs import NewJob
from ..types import Job, SourceFile, given_source, stored_source

if TYPE_CHECKING:
    from .queue import Queue
    from .watch import Watch

AT_ONCE = 50  # files that become jobs in one transaction


def unpack(path: Path, job: Job, queue: Queue, scratch: Path, watch: Watch) -> list[str]:
    """Queues every file of an archive under the archive's own name and source.

    Args:
        path: the archive.
        job: what queued it; its files' jobs name it as their parent.
        queue: where they go.
        scratch: a folder on the same disk, for one file at a time.
        watch: told now and then; may stop it by raising.

    Returns:
        The sources of its files.

    Raises:
        UnreadableFile: nothing of the archive can be listed.
    """
    found: list[str] = []
    batch: list[NewJob] = []
    with tempfile.TemporaryDirectory(dir=scratch, prefix=".unpacking-") as folder:
        try:
            for member in members(path, Path(folder)):
                watch.tell("parsing", 0.0)
                batch.append(_new_job(member, job, queue))
                found.append(batch[-1].source)
                if len(batch) == AT_ONCE:
                    whole, batch = batch, []  # from here on the queue's own, whatever it raises
                    queue.add(whole, watch.guard)
            whole, batch = batch, []
            queue.add(whole, watch.guard)
        except BaseException:
            queue.discard(batch)
            raise
    return found


def _new_job(member: Member, job: Job, queue: Queue) -> NewJob:
    name, source = f"{job.name}/{member.name}", f"{given_source(job.source)}/{member.name}"
    if member.failure is not None:
        origin = stored_source(source)
        new = NewJob(job.collection, name, origin, "", 0, "", parent_id=job.id)
        return replace(new, state=member.failure.state, reason=member.failure.reason)
    assert member.path is not None, "a member has a path or a failure"
    new = queue.receive(SourceFile(member.path, name, source), job.collection)
    return replace(new, parent_id=job.id)
