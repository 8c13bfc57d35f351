// The sandbox as an ES module: the very same class as under `require`.

export * from './sandbox.js';
