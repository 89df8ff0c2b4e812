export type { Distributed } from "./distributed.js";
export { type MpiOptions, mpi } from "./mpi.js";
export type { DistributeOptions, Ranks } from "./ranks.js";
export type { Local } from "./transport.js";
