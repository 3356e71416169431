"""A function that runs in a thread while a test goes on."""

import threading


class Background:
    """A function that runs in a thread meanwhile; its error is raised at the end."""

    def __init__(self, function, *args):
        self.error = None

        def run():
            try:
                function(*args)
            except BaseException as error:
                self.error = error

        self.thread = threading.Thread(target=run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.thread.join(60)
        assert not self.thread.is_alive(), "stuck"
        if self.error is not None and exc[0] is None:
            raise self.error
