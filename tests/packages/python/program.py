"""Sends requests to a sandbox, as the first program of a user does."""

import logging

from callfluent import CallFluent, NotFoundError, __version__
from callfluent.sandbox import Sandbox


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    with Sandbox() as sandbox:
        client = CallFluent(api_key=sandbox.api_key, base_url=sandbox.base_url)
        try:
            client.agents.get(1)
        except NotFoundError:
            print(__version__, [type(workspace).__name__ for workspace in client.workspaces.list()])


if __name__ == "__main__":
    main()
