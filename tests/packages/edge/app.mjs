// A program that a user deploys to an edge function by mistake.
import { AgentType, CallFluent } from 'callfluent';

export function check() {
  try {
    new CallFluent({ apiKey: 'test-key' });
    return 'created';
  } catch (error) {
    return `${AgentType.Sales}: ${error.message}`;
  }
}
