/**
 * An object in a worker, called from its page as if it were there: methods that return promises, and async generators.
 * @module rectigrad/worker
 */
export { type Connection, connect, type Service } from './connect.ts';
export { move, type Port, WorkerError } from './messages.ts';
export { serve } from './serve.ts';
