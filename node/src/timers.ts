// What test runners replace by what waits to be told, as it was when this package was loaded. Some have no global one.

import { setImmediate } from 'node:timers';

/** Runs something after others have had their turn of the event loop. */
export const afterOthers = setImmediate;
