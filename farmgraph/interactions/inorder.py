"""Work in threads whose results are taken in their order."""

from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from farmgraph.runtime import progress, thread_count

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    settle: Callable[[Result], None],
    *,
    threads: int | None,
    step: str,
    total: int | None = None,
) -> None:
    """Work on items in threads while later ones are still being found, and settle the results in their order.

    A few items are under way at a time, so memory does not grow with their number.
    """
    workers = thread_count(threads)
    if workers == 1:
        for item in progress(items, step=step, total=total):
            settle(work(item))
        return
    waiting: deque[Future[None]] = deque()
    with ThreadPoolExecutor(workers) as pool, ThreadPoolExecutor(1) as clerk:
        try:
            for item in progress(items, step=step, total=total):
                done = pool.submit(work, item)
                waiting.append(clerk.submit(_settled, settle, done))
                while len(waiting) > workers + 2:
                    waiting.popleft().result()
            for left in waiting:
                left.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            clerk.shutdown(wait=False, cancel_futures=True)
            raise


def _settled(settle: Callable[[Result], None], done: "Future[Result]") -> None:
    settle(done.result())
