"""logging: processes log to a queue, of which a listener in the parent makes one log; also as `dictConfig` has it."""

import logging
import logging.config
import logging.handlers
import sys

import stage

NUMBER = 50


class Kept(logging.Handler):
    """Keeps what it is given."""

    def __init__(self):
        super().__init__()
        self.messages = []

    def emit(self, record):
        self.messages.append((record.levelname, record.processName, record.getMessage()))


def work(queue, package):
    logger = logging.getLogger("work")
    logger.setLevel(logging.INFO)
    logger.addHandler(logging.handlers.QueueHandler(queue))
    assert package == stage.whose()
    for number in range(NUMBER):
        logger.info("number %d", number)
    try:
        1 / 0  # noqa: B018 - the error is what is logged
    except ZeroDivisionError:
        logger.exception("it went wrong")


def listened(context, queue):
    """What two processes logged to the queue."""
    kept = Kept()
    listener = logging.handlers.QueueListener(queue, kept)
    listener.start()
    names = ("first", "second")
    children = [context.Process(target=work, args=(queue, stage.PACKAGE), name=name) for name in names]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert 0 == child.exitcode
    listener.stop()
    return kept.messages


def job():
    context = stage.context()
    queue = context.Queue()
    messages = listened(context, queue)
    for name in ("first", "second"):
        mine = [(level, text) for level, process, text in messages if process == name]
        assert [("INFO", f"number {number}") for number in range(NUMBER)] == mine[:-1]
        assert mine[-1][0] == "ERROR"
        assert mine[-1][1].startswith("it went wrong\nTraceback")
        assert mine[-1][1].endswith("ZeroDivisionError: division by zero")
    if sys.version_info >= (3, 12) and stage.ROUTE != "bridge":  # it accepts the stdlib's queues only
        handler = {"class": "logging.handlers.QueueHandler", "queue": queue, "handlers": []}
        logging.config.dictConfig({"version": 1, "handlers": {"queue": handler}, "root": {"handlers": ["queue"]}})
        logging.warning("from the root")
        assert "from the root" == queue.get(timeout=60).getMessage()


if __name__ == "__main__":
    stage.perform(job)
