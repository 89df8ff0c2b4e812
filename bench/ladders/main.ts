// All ladders, one after the other.
//   npm run bench:ladders
await import("./finite.js");
await import("./signed.js");
await import("./adam.js");
await import("./dot.js");
await import("./matmul.js");
await import("./threads.js");
