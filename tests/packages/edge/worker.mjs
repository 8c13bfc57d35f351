// The same program as a worker of Cloudflare, whose test runner calls `test`.
import { check } from './app.mjs';

export default {
  test() {
    throw new Error(check());
  },
};
