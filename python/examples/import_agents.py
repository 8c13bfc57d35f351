"""Creates agents from a CSV file, with knowledge files, custom fields and actions.

Each line has the fields of an agent, and the columns `files`, `fields` and `address`:

    python import_agents.py agents.csv
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from callfluent import Agent, CallFluent, InvalidRequestError, SendSms


def import_agents(client: CallFluent, table: Path) -> list[Agent]:
    """Creates an agent for each line of a CSV file."""
    agents = []
    with table.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            files = [table.parent / name for name in row.pop("files").split()]
            fields = row.pop("fields").split()
            address = row.pop("address")
            agent = client.agents.create_from_row(row)
            if files:
                client.knowledge.upload(agent.id, files)
            for field in fields:
                client.custom_fields.create(agent.id, name=field, label=field.replace("_", " ").capitalize())
            if address:
                action = SendSms(name="Address", instruction="When asked for the address", content=address)
                client.actions.create(agent.id, action)
            agents.append(agent)
    return agents


def main() -> None:
    table = Path(sys.argv[1])
    with CallFluent() as client:
        try:
            agents = import_agents(client, table)
        except InvalidRequestError as error:
            for field, reason in error.field_errors:
                print(f"{field}: {reason}", file=sys.stderr)
            raise SystemExit(1) from None
        for agent in agents:
            print(agent.id, agent.name)


if __name__ == "__main__":
    main()
