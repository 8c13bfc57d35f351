"""A typed client for the CallFluent API: AI voice agents that take and make phone calls.

    from callfluent import CallFluent

    client = CallFluent()  # reads CALLFLUENT_API_KEY
    for agent in client.agents.list(1):
        print(agent.id, agent.name)

`AsyncCallFluent` has the same methods as coroutines. Errors are in `callfluent.errors`, a local API
for tests is in `callfluent.sandbox`.
"""

# The stars export all names for type checkers. At run time, the package imports them on first use.
from ._callfluent import VERSION as __version__
from .client import AsyncCallFluent as AsyncCallFluent
from .client import CallFluent as CallFluent
from .errors import *
from .models import *
from .record_sequence import Records as Records
from .tables import table as table
