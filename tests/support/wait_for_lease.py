"""Waits for a lease in a process of its own: `wait_for_lease.py REPOSITORY HOLDER WAIT_MS PATTERN…`.

Says `number N` when its place in the queue is N, `got TOKEN`, or `no: …`. Gives the lease back at the end of its stdin.
"""

import signal
import sys
from pathlib import Path

from agentgrid.boundaries.leases.book import LeaseBook
from agentgrid.boundaries.leases.release import unlock
from agentgrid.boundaries.leases.waiting import QueuePlace, wait_for_lease
from agentgrid.errors import Refused
from agentgrid.git.repository import Repository
from agentgrid.store.opening import open_store
from support.leases import COMPILED, FakeWork, ask, no_policy

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    place, holder, wait_ms, *patterns = sys.argv[1:]
    repository = Repository.discover(Path(place))
    book = LeaseBook(repository, open_store(repository.common_dir), COMPILED, no_policy)
    book.__dict__["work"] = FakeWork()
    said = [""]

    def report(queue: QueuePlace) -> None:
        text = f"number {queue.position}"
        if text != said[-1]:
            said.append(text)
            print(text, flush=True)

    try:
        acquired = wait_for_lease(book, ask(holder, *patterns), wait_ms=int(wait_ms), report=report)
    except Refused as error:
        print(f"no: {error.message.splitlines()[-1]}", flush=True)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
    else:
        print(f"got {acquired.lease.token}", flush=True)
        sys.stdin.read()
        unlock(book.store, holder, everything=True)
