import { CallFluent, InvalidRequestError } from 'callfluent';

let client;

export async function POST(request) {
  client ??= new CallFluent();
  const { agent, phone, ...customFields } = await request.json();
  try {
    const call = await client.calls.start(agent, { phoneNumber: phone, customFields });
    return Response.json({ call: call.id }, { status: 201 });
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    return Response.json({ errors: error.fieldErrors }, { status: 422 });
  }
}
