"""Turns on what CALLFLUENT_LOG asks for: the records of requests on standard error, from `debug` to `error`."""

import logging


def turn_on(level: str) -> None:
    """Shows the logger `callfluent` from this level on."""
    logger = logging.getLogger("callfluent")
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(getattr(logging, level.strip().upper(), logging.INFO))
