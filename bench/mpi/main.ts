// What ranks cost: a step beside MPI_Allreduce in C, the memory of a rank, an epoch on ranks and on threads, and a model of larger
// clusters. Needs MPICH or Open MPI, with mpicc and the headers of Debian's libmpich-dev and libopenmpi-dev.
//   npm run bench:mpi [-- ranks]
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const ranks = Number(process.argv[2] ?? 2);
const implementations = [
  { name: "MPICH", run: "mpirun.mpich", compile: "mpicc.mpich" },
  { name: "Open MPI", run: "mpirun.openmpi", compile: "mpicc.openmpi" },
];
// Open MPI starts as root, and with more ranks than processors.
const env = {
  ...process.env,
  OMPI_ALLOW_RUN_AS_ROOT: "1",
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
  OMPI_MCA_rmaps_base_oversubscribe: "1",
};

function execute(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, env, encoding: "utf8" });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(" ")}: ${stderr}`);
  return stdout;
}

const program = (file: string, args: readonly string[]) => [process.execPath, "--import", "tsx", `bench/mpi/${file}`, ...args];
const onRanks = (run: string, count: number, file: string, args: readonly string[]) =>
  JSON.parse(execute(run, ["-n", String(count), ...program(file, args)]));

const installed = implementations.filter(
  ({ run, compile }) => ![run, compile].some((file) => spawnSync(file, ["--version"]).error),
);
if (installed.length === 0) throw new Error("expected MPICH or Open MPI, with mpicc");
const [first] = installed as [(typeof implementations)[number]];

const time = (seconds: number) => (seconds < 1e-3 ? `${(seconds * 1e6).toFixed(1)} µs` : `${(seconds * 1e3).toFixed(2)} ms`);
const row = (cells: readonly unknown[]) => console.log(`| ${cells.join(" | ")} |`);

console.log(`Node ${process.version}, ${process.arch}, ${cpus().length} processors. Medians of 21 rounds, in turns.\n`);
console.log(`## A step on ${ranks} ranks\n`);
row(["", "floats", "MPI_Allreduce in C", "sum()", "÷ C", "adamw alone", "distributed step", "with shard"]);
row(["---", "---:", "---:", "---:", "---:", "---:", "---:", "---:"]);
for (const { name, run, compile } of installed) {
  mkdirSync(`${root}build`, { recursive: true });
  const library = `${root}build/allreduce-${name.replace(" ", "")}.so`;
  execute(compile, ["-O2", "-shared", "-fPIC", "-o", library, "bench/mpi/allreduce.c"]);
  const { library: version, rows } = onRanks(run, ranks, "step.js", [library, "1e7"]);
  for (const [floats, c, sum, ratio, ...steps] of rows as [number, number, number, number, ...number[]][])
    row([version, floats.toLocaleString("en"), time(c), time(sum), ratio.toFixed(2), ...steps.map(time)]);
}

console.log("\n## Memory of a rank: AdamW with 10,000,000 parameters\n");
row(["ranks", "each has the whole state", "in slices"]);
row(["---:", "---:", "---:"]);
for (const count of [1, 2, 4, 8]) {
  const bytes = ["whole", "shard"].map((state) => onRanks(first.run, count, "memory.js", [state, "1e7"]).bytes as number);
  row([count, ...bytes.map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`)]);
}

console.log("\n## An epoch of 20,000 digits, batches of 128: median and spread of 4\n");
row(["ranks", "threads", "seconds"]);
row(["---:", "---:", "---:"]);
for (const [count, threads] of [
  [1, 1],
  [2, 1],
  [1, 2],
] as const) {
  const { seconds } = onRanks(first.run, count, "epoch.js", [String(threads)]) as { seconds: number[] };
  const [least, , median, most] = seconds.slice(1).sort((a, b) => a - b) as [number, number, number, number];
  row([count, threads, `${median.toFixed(2)} (${least.toFixed(2)} to ${most.toFixed(2)})`]);
}

/**
 * Seconds that a step communicates. Each rank sends every other one a part, twice: 8 bytes for each parameter. `latency`: seconds of a
 * message, `bits`: per second.
 */
const communication = (floats: number, ranks: number, bits: number, latency: number) =>
  2 * (ranks - 1) * latency + (8 * floats * 8 * ((ranks - 1) / ranks)) / bits;

console.log("\n## Model: communication of a step, one rank on each host, messages of 20 µs (10 Gbit/s) and 2 µs (100 Gbit/s)\n");
row(["floats", ...[8, 64, 512].flatMap((count) => [`${count} ranks, 10 Gbit/s`, "100 Gbit/s"])]);
row(["---:", ...Array.from({ length: 6 }, () => "---:")]);
for (const floats of [1e6, 1e7, 1e8]) {
  const cells = [8, 64, 512].flatMap((count) => [
    communication(floats, count, 1e10, 20e-6),
    communication(floats, count, 1e11, 2e-6),
  ]);
  row([floats.toLocaleString("en"), ...cells.map(time)]);
}
