// The machine's limit: steps vectorized by a C compiler. Speaks the protocol of child.ts.
//   cc -O3 -march=native -fno-math-errno -fopenmp -o steps steps.c -lm
#include <math.h>
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/mman.h>
#endif

#ifdef __clang__
#define COMPILER __VERSION__
#else
#define COMPILER "gcc " __VERSION__
#endif

enum { line = 16, slots = 2, scalars = 6, page = 2 << 20 }; // floats in a line of the cache; bytes of a large page

// An element-wise pass over n floats of each array.
#define ARGUMENTS size_t n, float *restrict p, const float *restrict g, float *restrict m, float *restrict v, const float *c
typedef void Pass(ARGUMENTS);

// Every array starts on a cache line, so that no vector straddles two.
#define ALIGNED(x) x = __builtin_assume_aligned(x, line * sizeof(float))
#define UNUSED(x) (void)(x)

static void sgd(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), UNUSED(m), UNUSED(v);
  const float lr = c[0];
  for (size_t i = 0; i < n; i++) p[i] -= lr * g[i];
}

static void momentum(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), ALIGNED(m), UNUSED(v);
  const float lr = c[0], keep = c[1];
  for (size_t i = 0; i < n; i++) {
    m[i] = keep * m[i] + g[i];
    p[i] -= lr * m[i];
  }
}

static void adagrad(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), UNUSED(m), ALIGNED(v);
  const float lr = c[0], eps = c[1];
  for (size_t i = 0; i < n; i++) {
    v[i] += g[i] * g[i];
    p[i] -= lr * g[i] / (sqrtf(v[i]) + eps);
  }
}

static void rmsprop(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), UNUSED(m), ALIGNED(v);
  const float lr = c[0], gain = c[1], eps = c[2];
  for (size_t i = 0; i < n; i++) {
    v[i] += gain * (g[i] * g[i] - v[i]);
    p[i] -= lr * g[i] / (sqrtf(v[i]) + eps);
  }
}

static void adam(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), ALIGNED(m), ALIGNED(v);
  const float rate = c[0], gain1 = c[1], gain2 = c[2], eps = c[3];
  for (size_t i = 0; i < n; i++) {
    m[i] += gain1 * (g[i] - m[i]);
    v[i] += gain2 * (g[i] * g[i] - v[i]);
    p[i] -= rate * m[i] / (sqrtf(v[i]) + eps);
  }
}

static void adamw(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), ALIGNED(m), ALIGNED(v);
  const float rate = c[0], gain1 = c[1], gain2 = c[2], eps = c[3], keep = c[4];
  for (size_t i = 0; i < n; i++) {
    m[i] += gain1 * (g[i] - m[i]);
    v[i] += gain2 * (g[i] * g[i] - v[i]);
    p[i] = keep * p[i] - rate * m[i] / (sqrtf(v[i]) + eps);
  }
}

static void lion(ARGUMENTS) {
  ALIGNED(p), ALIGNED(g), ALIGNED(m), UNUSED(v);
  const float lr = c[0], gain1 = c[1], gain2 = c[2];
  for (size_t i = 0; i < n; i++) {
    const float u = m[i] + gain1 * (g[i] - m[i]);
    p[i] -= u > 0 ? lr : u < 0 ? -lr : 0;
    m[i] += gain2 * (g[i] - m[i]);
  }
}

// Adam's scalars at step t. Rate and eps include the bias corrections.
static void adam_scalars(int t, double keep, float *c) {
  const double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  const double root = sqrt(1 - pow(beta2, t));
  c[0] = lr * root / (1 - pow(beta1, t)), c[1] = 1 - beta1, c[2] = 1 - beta2, c[3] = eps * root, c[4] = keep;
}

static void constant(float *c, double first, double second, double third) {
  c[0] = first, c[1] = second, c[2] = third;
}

// The scalars of step t, from the rule's defaults.
static void sgd_scalars(int t, float *c) { UNUSED(t), constant(c, 1e-3, 0, 0); }
static void momentum_scalars(int t, float *c) { UNUSED(t), constant(c, 1e-3, 0.9, 0); }
static void adagrad_scalars(int t, float *c) { UNUSED(t), constant(c, 1e-2, 1e-10, 0); }
static void rmsprop_scalars(int t, float *c) { UNUSED(t), constant(c, 1e-2, 1 - 0.99, 1e-8); }
static void adam_l2_scalars(int t, float *c) { adam_scalars(t, 1, c); }
static void adamw_scalars(int t, float *c) { adam_scalars(t, 1 - 1e-3 * 0.01, c); }
static void lion_scalars(int t, float *c) { UNUSED(t), constant(c, 1e-4, 1 - 0.9, 1 - 0.99); }

typedef struct {
  const char *name;
  bool m, v; // the slots of its state
  Pass *pass;
  void (*scalars)(int t, float *c);
} Rule;

static const Rule rules[] = {
  {"sgd", false, false, sgd, sgd_scalars},
  {"momentum", true, false, momentum, momentum_scalars},
  {"adagrad", false, true, adagrad, adagrad_scalars},
  {"rmsprop", false, true, rmsprop, rmsprop_scalars},
  {"adam", true, true, adam, adam_l2_scalars},
  {"adamw", true, true, adamw, adamw_scalars},
  {"lion", true, false, lion, lion_scalars},
};

typedef struct {
  const Rule *rule;
  int threads, t;
  size_t n, gradients; // gradients: number of gradients that steps use in turn
  float *p, *g, *m, *v;
} Contest;

// A thread's elements, in whole cache lines.
typedef struct {
  size_t begin, length;
} Part;

static Part part(size_t n, int thread, int threads) {
  const size_t lines = (n + line - 1) / line;
  const size_t begin = lines * thread / threads * line, end = lines * (thread + 1) / threads * line;
  return (Part){begin, (end < n ? end : n) - begin};
}

// Large pages save TLB misses: 5 to 15 % of a step on arrays in memory.
static float *array(size_t n) {
  const size_t bytes = (n * sizeof(float) + page - 1) / page * page;
  float *x = aligned_alloc(page, bytes);
  if (!x) return NULL;
#ifdef MADV_HUGEPAGE
  madvise(x, bytes, MADV_HUGEPAGE);
#endif
  return x;
}

static float *plus(float *x, size_t begin) { return x ? x + begin : NULL; }

static void step(Contest *s) {
  float c[scalars];
  s->rule->scalars(s->t + 1, c);
  const float *g = s->g + s->t % s->gradients * ((s->n + line - 1) / line * line);
  s->t++;
  if (s->threads == 1) {
    s->rule->pass(s->n, s->p, g, s->m, s->v, c);
    return;
  }
#pragma omp parallel num_threads(s->threads)
  {
    const Part own = part(s->n, omp_get_thread_num(), omp_get_num_threads());
    s->rule->pass(own.length, s->p + own.begin, g + own.begin, plus(s->m, own.begin), plus(s->v, own.begin), c);
  }
}

// Fills an array with `from`, or with random numbers in (-scale, scale) without -0. Each thread fills its own part, so that its memory is
// on the thread's NUMA node.
static void fill(const Contest *s, float *x, const float *from, float scale) {
#pragma omp parallel num_threads(s->threads)
  {
    const Part own = part(s->n, omp_get_thread_num(), omp_get_num_threads());
    uint32_t state = own.begin + 1;
    for (size_t i = own.begin; i < own.begin + own.length; i++) {
      state = state * 1664525 + 1013904223;
      x[i] = from ? from[i] : scale * ((int32_t)state / 2147483648.0f) + 0.0f;
    }
  }
}

static size_t count(const char *shapes) {
  size_t n = 0;
  for (const char *shape = shapes; *shape;) {
    size_t product = 1;
    do {
      char *end;
      product *= strtoull(shape, &end, 10);
      shape = end;
    } while (*shape == 'x' && shape++);
    n += product;
    if (*shape == ',') shape++;
  }
  return n;
}

static int digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

// Decodes floats from hexadecimal digits. Sets *n to their number.
static float *decode(const char *digits, size_t *n) {
  const size_t bytes = strlen(digits) / 2;
  uint8_t *x = malloc(bytes);
  for (size_t i = 0; x && i < bytes; i++) x[i] = digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]);
  *n = bytes / sizeof(float);
  return (float *)x;
}

static void encode(const float *x, size_t n) {
  for (size_t i = 0; i < n * sizeof(float); i++) {
    const uint8_t byte = ((const uint8_t *)x)[i];
    putchar("0123456789abcdef"[byte >> 4]), putchar("0123456789abcdef"[byte & 15]);
  }
}

static void release(Contest *s) {
  free(s->p), free(s->g), free(s->m), free(s->v);
  *s = (Contest){0};
}

// Returns an error, or NULL.
static const char *prepare(Contest *s, const char *rule, const char *threads, const char *shapes, const char *start,
                           const char *gradient) {
  *s = (Contest){.threads = atoi(threads), .n = count(shapes), .gradients = 1};
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    if (strcmp(rules[i].name, rule) == 0) s->rule = &rules[i];
  }
  if (!s->rule) return "unknown rule";
  if (s->threads < 1 || s->n < 1) return "expected at least one thread and one parameter";
  size_t starts = s->n, gradients = s->n;
  float *from = start ? decode(start, &starts) : NULL, *slopes = gradient ? decode(gradient, &gradients) : NULL;
  const char *wrong = starts != s->n || gradients % s->n != 0 ? "values and shapes differ in length" : NULL;
  if (!wrong) {
    const size_t padded = (s->n + line - 1) / line * line;
    s->gradients = gradients / s->n;
    s->p = array(s->n), s->g = array(padded * s->gradients);
    s->m = s->rule->m ? array(s->n) : NULL, s->v = s->rule->v ? array(s->n) : NULL;
    if (!s->p || !s->g || (s->rule->m && !s->m) || (s->rule->v && !s->v)) {
      wrong = "out of memory";
    } else {
      fill(s, s->p, from, 1);
      for (size_t k = 0; k < s->gradients; k++) fill(s, s->g + k * padded, slopes ? slopes + k * s->n : NULL, 1e-3f);
      if (s->m) fill(s, s->m, NULL, 0);
      if (s->v) fill(s, s->v, NULL, 0);
    }
  }
  free(from), free(slopes);
  if (wrong) release(s);
  return wrong;
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static double run(Contest *s, long steps) {
  const double start = milliseconds();
  for (long i = 0; i < steps; i++) step(s);
  const double end = milliseconds();
  // OpenMP's idle threads spin for some milliseconds. Wait, so that they do not slow the next rival.
  if (s->threads > 1) usleep(10000);
  return end - start;
}

int main(void) {
  static Contest contests[4096];
  char *input = NULL;
  size_t capacity = 0;
  while (getline(&input, &capacity, stdin) > 0) {
    const char *words[8] = {0};
    int length = 0;
    for (char *word = strtok(input, " \n"); word && length < 8; word = strtok(NULL, " \n")) words[length++] = word;
    const char *request = length > 1 ? words[0] : "";
    const unsigned long id = length > 1 ? strtoul(words[1], NULL, 10) : 0;
    Contest *s = id < sizeof contests / sizeof *contests ? &contests[id] : NULL;
    if (strcmp(request, "version") == 0) {
      printf("version %s\n", COMPILER);
    } else if (!s) {
      printf("error too many workloads\n");
    } else if (strcmp(request, "prepare") == 0 && length > 5) {
      const char *wrong = prepare(s, words[3], words[4], words[5], words[6], words[7]);
      printf(wrong ? "error %s\n" : "prepared\n", wrong);
    } else if (!s->rule) {
      printf("error no such workload\n");
    } else if (strcmp(request, "time") == 0 && length == 3) {
      printf("time %.6f\n", run(s, atol(words[2])));
    } else if (strcmp(request, "parameters") == 0) {
      printf("parameters "), encode(s->p, s->n), printf("\n");
    } else if (strcmp(request, "close") == 0) {
      release(s);
      printf("closed\n");
    } else {
      printf("error unknown request\n");
    }
    fflush(stdout);
  }
  return 0;
}
