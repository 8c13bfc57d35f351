// What clients call with: the second file, which is loaded with the first of them since it takes as long as all the rest. The
// build writes what is declared here.

import type { Caller } from './caller';
import type { Sandbox } from './sandbox';

export declare function calling(): { readonly Caller: typeof Caller; readonly Sandbox: typeof Sandbox };
