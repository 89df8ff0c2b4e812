// Runs the trainings that main.ts sends.
import { type Job, run } from "./training.js";

process.on("message", (job: Job) => process.send?.(run(job)));
