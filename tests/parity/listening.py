"""What transformers says, at level warning and above, while something is done with it."""

import logging
import warnings


class Recorder(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        self.messages.append(record.getMessage())


def said_by(action):
    """What transformers says while `action` runs, and what that returns."""
    recorder = Recorder()
    logger = logging.getLogger("transformers")
    logger.addHandler(recorder)
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        result = action()
    logger.removeHandler(recorder)
    return recorder.messages + [str(w.message) for w in raised], result
