// The same program as regression.ts, in C without a library: static arrays, and an allocator that asks for pages.
#include <stddef.h>
#include <stdint.h>

#define FEATURES 5
#define EXAMPLES 40
#define PAGE 65536

#define EXPORT(name) __attribute__((export_name(#name)))

static float x[EXAMPLES][FEATURES], y[EXAMPLES];
static float weight[FEATURES], offset[1], weight_gradient[FEATURES], offset_gradient[1];

extern unsigned char __heap_base;
static uintptr_t next;

EXPORT(allocate) void *allocate(size_t bytes) {
  if (next == 0) next = (uintptr_t)&__heap_base;
  uintptr_t address = next + 4; // aligned to four bytes only
  next = (address + bytes + 15) & ~(uintptr_t)15;
  size_t pages = __builtin_wasm_memory_size(0);
  size_t wanted = (next + PAGE - 1) / PAGE;
  if (wanted > pages && __builtin_wasm_memory_grow(0, wanted - pages) == (size_t)-1) return NULL;
  return (void *)address;
}

EXPORT(grow) void grow(void) {
  unsigned char *bytes = allocate(1 << 20);
  for (int i = 0; i < 1 << 20; i++) bytes[i] = 0xaa;
}

static uint32_t state = 1;
static float random_number(void) {
  state = state * 1664525u + 1013904223u;
  return (float)(state >> 8) / 8388608 - 1;
}

EXPORT(begin) void begin(void) {
  for (int i = 0; i < EXAMPLES; i++) {
    y[i] = -1;
    for (int j = 0; j < FEATURES; j++) {
      x[i][j] = random_number();
      y[i] += (float)(j + 1) * x[i][j];
    }
  }
}

EXPORT(gradient) double gradient(void) {
  for (int j = 0; j < FEATURES; j++) weight_gradient[j] = 0;
  offset_gradient[0] = 0;
  double loss = 0;
  for (int i = 0; i < EXAMPLES; i++) {
    float error = offset[0] - y[i];
    for (int j = 0; j < FEATURES; j++) error += weight[j] * x[i][j];
    loss += (double)error * error;
    float slope = 2 * error / EXAMPLES;
    for (int j = 0; j < FEATURES; j++) weight_gradient[j] += slope * x[i][j];
    offset_gradient[0] += slope;
  }
  return loss / EXAMPLES;
}

EXPORT(weightAddress) float *weight_address(void) { return weight; }
EXPORT(offsetAddress) float *offset_address(void) { return offset; }
EXPORT(weightGradientAddress) float *weight_gradient_address(void) { return weight_gradient; }
EXPORT(offsetGradientAddress) float *offset_gradient_address(void) { return offset_gradient; }
