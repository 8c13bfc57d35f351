// How each operation is called in Node: one line for each row of the documented surface.

const without = (object, ...names) => Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));

export const SURFACE = {
  'phone_numbers.list': (client, a, options) => client.phoneNumbers.list(a.workspaceId, a.agentType, options),
  'agents.create': (client, a, options) => client.agents.create(a, options),
  'agents.list': (client, a, options) => client.agents.list(a.workspaceId, options),
  'agents.get': (client, a, options) => client.agents.get(a.agentId, options),
  'agents.update': (client, a, options) => client.agents.update(a.agentId, without(a, 'agentId'), options),
  'agents.patch': (client, a, options) => client.agents.patch(a.agentId, without(a, 'agentId'), options),
  'agents.delete': (client, a, options) => client.agents.delete(a.agentId, options),
  'agents.set_cors_origins': (client, a, options) =>
    client.agents.setCorsOrigins(a.agentId, a.origins, without(a, 'agentId', 'origins'), options),
  'calls.list': (client, a, options) => client.calls.list(a.agentId, without(a, 'agentId'), options),
  'calls.start': (client, a, options) => client.calls.start(a.agentId, without(a, 'agentId'), options),
  'calls.delete': (client, a, options) => client.calls.delete(a.callId, options),
  'calls.hang_up': (client, a, options) => client.calls.hangUp(a.callId, options),
  'knowledge.upload': (client, a, options) => client.knowledge.upload(a.agentId, a.files ?? [], options),
  'knowledge.delete': (client, a, options) => client.knowledge.delete(a.fileId, options),
  'custom_fields.create': (client, a, options) => client.customFields.create(a.agentId, without(a, 'agentId'), options),
  'custom_fields.update': (client, a, options) =>
    client.customFields.update(a.agentId, a.fieldId, without(a, 'agentId', 'fieldId'), options),
  'custom_fields.delete': (client, a, options) => client.customFields.delete(a.agentId, a.fieldId, options),
  'actions.create': (client, a, options) => client.actions.create(a.agentId, a.action, options),
  'actions.update': (client, a, options) => client.actions.update(a.actionId, a.action, options),
  'actions.delete': (client, a, options) => client.actions.delete(a.actionId, options),
  'workspaces.list': (client, a, options) => client.workspaces.list(options),
  'workspaces.create': (client, a, options) => client.workspaces.create(a.name, options),
  'user.profile': (client, a, options) => client.user.profile(options),
};
