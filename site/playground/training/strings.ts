import type { CommonSchedule } from "./commonSchedules.js";
import type { Axis } from "./curves.js";
import type { presets } from "./presets.js";

const schedules: { readonly [name in CommonSchedule]: string } = {
  constant: "constant",
  linear: "linear to 0",
  cosine: "cosine to 0",
  step: "a tenth after each third",
  inverse: "inverse time, to a tenth",
  warmup: "warm-up, then cosine",
  oneCycle: "one cycle",
};

const axes: { readonly [axis in Axis]: string } = { update: "updates", epoch: "epochs", second: "seconds" };

const presetTexts: { readonly [name in keyof typeof presets]: { readonly title: string; readonly why: string } } = {
  rules: {
    title: "Seven rules",
    why: "Seven rules see the same batches. findRate finds the rate of each.",
  },
  descents: {
    title: "Batch, stochastic, mini-batch",
    why: "Gradient descent with three sizes of batches. One epoch has 1, N or ⌈N/B⌉ updates.",
  },
};

const en = {
  about: (train: string, test: string, layers: string) =>
    `A network of ${layers} units learns to read digits from ${train} images. Another ${test} images test it. ` +
    "All rules start with the same weights.",
  presets: "Examples",
  preset: presetTexts,
  play: "Train",
  pause: "Pause",
  restart: "Restart",
  round: "+1 update",
  epoch: "+1 epoch",
  roundTitle: "One update of each rule; of rules with smaller batches, as many as the images give",
  status: {
    loading: "The images are loading …",
    starting: "The rules are getting ready …",
    startingTuned: "findRate is looking for learning rates …",
    running: "Training",
    paused: "Paused",
    finished: "Finished",
    failed: "It failed",
  },
  progress: (epochs: string, all: string) => `epoch ${epochs} of ${all}`,
  axis: "Horizontal axis",
  axes,
  loss: "Training loss",
  lossNote: "Each point of the loss is a mean over about 500 images. A batch counts with its loss before the update.",
  wrong: "Wrong answers to test images, %: 100 − accuracy",
  table: "The numbers",
  seconds: "The seconds are those of this device: gradients and steps of each rule, without tests and drawing.",
  reproducible: "All losses and accuracies come out the same, bit for bit, in every browser.",
  results: "Results",
  columns: {
    rule: "Rule",
    rate: "Learning rate",
    batch: "Batch size",
    perEpoch: "Updates per epoch",
    updates: "Updates",
    loss: "Loss",
    accuracy: "Test accuracy",
    seconds: "Seconds",
    each: "µs per update",
  },
  foundRate: "found",
  batchOf: (size: string) => `batch ${size}`,
  all: (count: string) => `all ${count}`,
  diverged: (update: string) => `diverged at update ${update}`,
  settings: "Settings",
  rules: "Rules and their options",
  batch: "Batch size: images per update",
  batchNote: (count: number) => `1 … ${count}, which is all`,
  batchesNote: (list: string) => `Each rule has its own: ${list}. A change here gives all the same.`,
  epochs: "Epochs",
  seed: "Seed",
  seedNote: "of the first weights and of the order",
  schedule: "Schedule of the learning rate, for rules without one of their own",
  schedules,
  rates: "Learning rates that are not set below",
  rateChoices: { defaults: "the library's defaults", found: "found by findRate" },
  mustBe: (min: number, max: number) => `must be an integer from ${min} to ${max}`,
  weights: "First layer",
  weightsNote:
    "Each picture is a hidden unit: its weights to the 28 × 28 pixels. Orange is positive, blue negative. Pixels that are never " +
    "inked keep their first weights.",
  weightsOf: "Weights of",
  change: "Only the change since the first weights",
  weightsSummary: (rule: string, update: string, most: string) =>
    `The 32 hidden units of ${rule} after ${update} updates, as pictures of 28 × 28 weights, from −${most} to ${most}`,
  summary: (epochs: string, runs: string) => `After ${epochs} epochs: ${runs}.`,
  runSummary: (rule: string, loss: string, accuracy: string) => `${rule}: loss ${loss}, test accuracy ${accuracy} %`,
  runDiverged: (rule: string) => `${rule}: diverged`,
  source: "Images",
  sourceText: (name: string, authors: string, train: string, test: string) =>
    `${name} by ${authors}, from data of NIST. Changed: the first ${train} images to train with and the first ${test} to test with, in 16 ` +
    "grey levels. Licence: ",
};

const ko = {
  about: (train, test, layers) =>
    `${layers} 신경망이 이미지 ${train}장으로 숫자 읽기를 배웁니다. 다른 이미지 ${test}장으로 테스트합니다. 모든 규칙은 같은 가중치에서 시작합니다.`,
  presets: "예",
  preset: {
    rules: {
      title: "규칙 일곱 가지",
      why: "일곱 규칙이 같은 배치를 봅니다. 규칙마다 findRate가 학습률을 찾습니다.",
    },
    descents: {
      title: "배치, 확률적, 미니 배치",
      why: "경사 하강법을 세 가지 배치 크기로 돌립니다. 에폭(epoch)마다 갱신이 1번, N번, ⌈N/B⌉번입니다.",
    },
  },
  play: "학습",
  pause: "멈춤",
  restart: "처음으로",
  round: "갱신 +1",
  epoch: "에폭 +1",
  roundTitle: "규칙마다 갱신 한 번. 배치가 작은 규칙은 같은 수의 이미지를 볼 때까지 갱신합니다",
  status: {
    loading: "이미지를 불러오는 중입니다 …",
    starting: "규칙을 준비하는 중입니다 …",
    startingTuned: "findRate가 학습률을 찾는 중입니다 …",
    running: "학습 중",
    paused: "멈춤",
    finished: "끝",
    failed: "실패",
  },
  progress: (epochs, all) => `${all}에폭 중 ${epochs}에폭`,
  axis: "가로축",
  axes: { update: "갱신 수", epoch: "에폭", second: "초" },
  loss: "학습 손실",
  lossNote: "손실의 점 하나는 이미지 약 500장의 평균입니다. 배치마다 갱신하기 전의 손실을 씁니다.",
  wrong: "테스트 이미지에서 틀린 답, %: 100 − 정확도",
  table: "숫자로 보기",
  seconds: "초는 이 기기에서 잰 시간입니다. 규칙마다 기울기와 갱신에 든 시간이며, 테스트와 그리기는 뺐습니다.",
  reproducible: "손실과 정확도는 모든 브라우저에서 비트까지 같습니다.",
  results: "결과",
  columns: {
    rule: "규칙",
    rate: "학습률",
    batch: "배치 크기",
    perEpoch: "에폭당 갱신",
    updates: "갱신 수",
    loss: "손실",
    accuracy: "테스트 정확도",
    seconds: "초",
    each: "갱신당 µs",
  },
  foundRate: "찾음",
  batchOf: (size) => `배치 ${size}`,
  all: (count) => `전체 ${count}`,
  diverged: (update) => `갱신 ${update}에서 발산`,
  settings: "설정",
  rules: "규칙과 옵션",
  batch: "배치 크기: 갱신마다 쓰는 이미지 수",
  batchNote: (count) => `1 … ${count}(전체)`,
  batchesNote: (list) => `규칙마다 다릅니다: ${list}. 여기서 바꾸면 모두 같아집니다.`,
  epochs: "에폭 수",
  seed: "시드",
  seedNote: "초기 가중치와 순서의 시드",
  schedule: "학습률 스케줄(자기 스케줄이 없는 규칙에 적용)",
  schedules: {
    constant: "일정",
    linear: "0까지 직선으로",
    cosine: "0까지 코사인으로",
    step: "3분의 1마다 10분의 1로",
    inverse: "시간에 반비례해 10분의 1까지",
    warmup: "웜업 뒤 코사인",
    oneCycle: "원 사이클",
  },
  rates: "아래에서 정하지 않은 학습률",
  rateChoices: { defaults: "라이브러리 기본값", found: "findRate가 찾은 값" },
  mustBe: (min, max) => `${min}부터 ${max}까지의 정수여야 합니다`,
  weights: "첫째 층",
  weightsNote:
    "그림 하나가 은닉 유닛 하나이며, 28 × 28 픽셀에 대한 가중치입니다. 주황은 양수, 파랑은 음수입니다. 잉크가 닿지 않는 픽셀은 초기 가중치를 그대로 지닙니다.",
  weightsOf: "가중치를 볼 규칙",
  change: "초기 가중치에서 바뀐 값만 보기",
  weightsSummary: (rule, update, most) =>
    `갱신 ${update}번 뒤 ${rule}의 은닉 유닛 32개. 28 × 28 가중치 그림이며 범위는 −${most}부터 ${most}까지입니다`,
  summary: (epochs, runs) => `${epochs}에폭 뒤: ${runs}.`,
  runSummary: (rule, loss, accuracy) => `${rule}: 손실 ${loss}, 테스트 정확도 ${accuracy} %`,
  runDiverged: (rule) => `${rule}: 발산`,
  source: "이미지",
  sourceText: (name, authors, train, test) =>
    `${name}, ${authors}, NIST 자료에서 만듦. 바꾼 점: 처음 ${train}장으로 학습하고 처음 ${test}장으로 테스트하며, 회색 16단계로 줄였습니다. 라이선스: `,
} satisfies typeof en;

export const strings = { en, ko };
export type Strings = typeof en;
