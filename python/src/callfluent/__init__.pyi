"""A typed client for the CallFluent API: AI voice agents that take and make phone calls.

    from callfluent import CallFluent

    client = CallFluent()  # reads CALLFLUENT_API_KEY
    for agent in client.agents.list(1):
        print(agent.id, agent.name)

`AsyncCallFluent` has the same methods, to be awaited. Errors are in `callfluent.errors`, a local API for tests in
`callfluent.sandbox`.
"""

# A star in a stub hands everything on: what the package imports when it is used is there for type checkers at once.
from ._callfluent import VERSION as __version__
from .client import AsyncCallFluent as AsyncCallFluent
from .client import CallFluent as CallFluent
from .errors import *
from .models import *
