# SPDX-License-Identifier: MIT
"""What a test builds on is asked for as a good client asks, on a machine where a daemon may be too busy for a while."""

import time
import uuid

from poly_process import PATIENCE

BUSY = (503, 504)
SECONDS = 30


def made(ask, *statuses):
    """The answer to `ask`, a request that makes something and takes more `headers`, which has one of these statuses.

    It is made again under the same Idempotency-Key while the answer is 503 or 504: a hash that waits for a core, a connection
    that takes two seconds, or the circuit breaker behind such. For fixtures only, not for what is under test.
    """
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    ends = time.monotonic() + SECONDS * PATIENCE
    answer = ask(headers=headers)
    while answer.status in BUSY and time.monotonic() < ends:
        print(f"asked again after {answer}")
        time.sleep(min(float(answer.header("retry-after", "1")), 5))
        answer = ask(headers=headers)
    assert answer.status in statuses, answer
    return answer
