"""Creates an agent with a free phone number, starts a phone call, reads the call history, and
deletes the agent. It does so with the sync client and with the async client.

`cargo xtask demo` runs it against a sandbox. It reads CALLFLUENT_BASE_URL and CALLFLUENT_API_KEY.
Do not run it against a real account: it starts a phone call.
"""

from __future__ import annotations

import asyncio

from callfluent import (
    Action,
    AsyncCallFluent,
    CallFluent,
    CallForwarding,
    DataCollection,
    EmailPush,
    GhlCalendar,
    GoogleCalendar,
    InvalidRequestError,
    NotFoundError,
    SendEmail,
    SendSms,
    Webhook,
)

WHEN = "When the customer asks for it"
FIELDS = [{"value": "customer", "label": "Customer"}]
ACTIONS: list[Action] = [
    SendEmail(name="Confirm", instruction=WHEN, content="See you tomorrow", subject="Your order"),
    CallForwarding(name="Forward", instruction=WHEN, forward_number="+15550009999"),
    SendSms(name="Text", instruction=WHEN, content="1 Main Street"),
    Webhook(name="Order", webhook_url="https://bakery.example/orders", fields=FIELDS),
    DataCollection(name="Name", instruction=WHEN, collect_field="customer"),
    EmailPush(name="Summary", target_email="orders@bakery.example", subject="An order", fields=FIELDS),
    GhlCalendar(name="Visit", ghl_calendar_id="B6blC", calendar_period="1week", instruction=WHEN),
    GoogleCalendar(
        name="Tasting",
        google_title="Cake tasting",
        instruction=WHEN,
        calendar_period="1week",
        google_duration="30 mins",
    ),
]


def tour() -> None:
    """The main job, with the client that waits."""
    with CallFluent() as client:
        workspace = client.workspaces.list()[0]
        print(f"workspace     {workspace.name} ({workspace.id})")
        numbers = client.phone_numbers.list(workspace.id, "outbound")
        number = next(entry.number for entry in numbers.numbers if entry.number not in numbers.in_use)
        print(f"number        {number}, one of {len(numbers.numbers)} of which {len(numbers.in_use)} are in use")
        agent = client.agents.create(
            workspace_id=workspace.id,
            format="outbound",
            timezone="UTC+00:00",
            name="Bakery assistant",
            lang="en",
            voice="alloy",
            agent_type="sales",
            background="You work for a bakery.",
            goal="Take an order for tomorrow",
            tone="Friendly",
            instructions="Ask what they need and when.",
            phone_number=number,
        )
        print(f"agent         {agent.name} created ({agent.id})")
        for file in client.knowledge.upload(agent.id, [("prices.txt", b"Bread 4, rolls 1, cake 20")]):
            print(f"knowledge     file {file.id} uploaded")
        field = client.custom_fields.create(agent.id, name="customer", label="The customer's name")
        print(f"custom field  {field.name}")
        for action in ACTIONS:
            created = client.actions.create(agent.id, action)
            print(f"action        {created.action_type} ({created.id})")
        origins = client.agents.set_cors_origins(agent.id, ["https://bakery.example"])
        print(f"origins       {', '.join(origins.webhook_cors_origin)}")
        call = client.calls.start(agent.id, "+15550001234", customer="Ada")
        client.calls.hang_up(call.id)
        print(f"call          {call.id} started and hung up")
        busiest = max(client.agents.list(workspace.id), key=lambda one: client.agents.get(one.id).total_calls)
        history = list(client.calls.list(busiest.id))
        minutes = sum(call.get("duration") or 0 for call in history) / 60
        print(f"history       {len(history)} calls of agent {busiest.id}, {minutes:.0f} minutes in all")
        print(f"patch         tone is {client.agents.patch(agent.id, tone='Cheerful').agent.tone} now")
        try:
            client.agents.patch(agent.id, answer_creativity=11, phone_number="555-1234")
        except InvalidRequestError as error:
            for name, reason in error.field_errors:
                print(f"invalid       {name}: {reason}")
        try:
            client.agents.get(999_999)
        except NotFoundError as error:
            print(f"not found     {error}")
        print(f"deleted       {len(client.agents.delete(agent.id))} agents are left")


async def tour_async() -> None:
    """The same with the async client. Independent requests run concurrently."""
    async with AsyncCallFluent() as client:
        workspace = (await client.workspaces.list())[0]
        print(f"workspace     {workspace.name} ({workspace.id})")
        numbers = await client.phone_numbers.list(workspace.id, "outbound")
        number = next(entry.number for entry in numbers.numbers if entry.number not in numbers.in_use)
        print(f"number        {number}, one of {len(numbers.numbers)} of which {len(numbers.in_use)} are in use")
        agent = await client.agents.create(
            workspace_id=workspace.id,
            format="outbound",
            timezone="UTC+00:00",
            name="Bakery assistant",
            lang="en",
            voice="alloy",
            agent_type="sales",
            background="You work for a bakery.",
            goal="Take an order for tomorrow",
            tone="Friendly",
            instructions="Ask what they need and when.",
            phone_number=number,
        )
        print(f"agent         {agent.name} created ({agent.id})")
        for file in await client.knowledge.upload(agent.id, [("prices.txt", b"Bread 4, rolls 1, cake 20")]):
            print(f"knowledge     file {file.id} uploaded")
        field = await client.custom_fields.create(agent.id, name="customer", label="The customer's name")
        print(f"custom field  {field.name}")
        for created in await asyncio.gather(*(client.actions.create(agent.id, action) for action in ACTIONS)):
            print(f"action        {created.action_type} ({created.id})")
        origins = await client.agents.set_cors_origins(agent.id, ["https://bakery.example"])
        print(f"origins       {', '.join(origins.webhook_cors_origin)}")
        call = await client.calls.start(agent.id, "+15550001234", customer="Ada")
        await client.calls.hang_up(call.id)
        print(f"call          {call.id} started and hung up")
        agents = await client.agents.list(workspace.id)
        details = await asyncio.gather(*(client.agents.get(one.id) for one in agents))
        busiest = max(details, key=lambda one: one.total_calls).agent
        history = [call async for call in client.calls.list(busiest.id)]
        minutes = sum(call.get("duration") or 0 for call in history) / 60
        print(f"history       {len(history)} calls of agent {busiest.id}, {minutes:.0f} minutes in all")
        print(f"patch         tone is {(await client.agents.patch(agent.id, tone='Cheerful')).agent.tone} now")
        try:
            await client.agents.patch(agent.id, answer_creativity=11, phone_number="555-1234")
        except InvalidRequestError as error:
            for name, reason in error.field_errors:
                print(f"invalid       {name}: {reason}")
        try:
            await client.agents.get(999_999)
        except NotFoundError as error:
            print(f"not found     {error}")
        print(f"deleted       {len(await client.agents.delete(agent.id))} agents are left")


if __name__ == "__main__":
    print("sync")
    tour()
    print("\nasync")
    asyncio.run(tour_async())
