const en = {
  intro:
    "Each cell is a run from the start with its own learning rate (across) and its own value of another option (up). " +
    "Move over the map to read a cell; click it, or press Enter, to race with its options.",
  racer: "Rule",
  other: "Other option",
  budget: "Steps of each run",
  progress: "Computed",
  loss: (loss: string, steps: number) => `loss ${loss} after ${steps} steps`,
  lost: "diverged",
  refused: "the library refuses these options",
  unknown: "not computed yet",
  keys: "Arrow keys move to other cells, Enter races with these options.",
  race: "Race with these options",
  best: "best cell",
  default: "defaults",
  tuned: "tuned rate",
  tunedMeaning: (steps: number) =>
    `the best of 1, 2 and 5 times the powers of ten after ${steps} steps, the other options at their defaults`,
  low: "10⁻⁶ of the start's loss",
  high: "the start's loss",
  above: "above the start's loss",
  lostLegend: "diverged (striped)",
  measured: "Colours count the loss from that of the lowest minimum.",
  summary: (rule: string, surface: string, other: string, best: string) =>
    `Map of the loss of ${rule} on ${surface}, by learning rate and ${other}. ${best}.`,
  bestIs: (cell: string) => `Best cell: ${cell}`,
  noBest: "No cell with a finite loss",
  table: "The numbers",
  rate: "lr",
  lowest: "lowest loss",
  at: (name: string) => `${name} there`,
  curve: "Learning-rate range test (findRate): loss while the rate grows",
  curveLoss: "loss",
  smoothed: "smoothed",
  suggestion: (rate: string) =>
    `findRate suggests ${rate}: there the smoothed loss falls most steeply. A constant rate often has to be a few times smaller.`,
  noSuggestion: "findRate suggests no rate: the loss does not fall.",
  curveTable: "The numbers of the test",
};

const ko = {
  intro:
    "각 칸은 시작점에서 출발한 한 번의 실행입니다. 가로는 학습률(learning rate), 세로는 다른 옵션의 값입니다. " +
    "지도 위로 포인터를 옮기면 칸의 값을 읽을 수 있습니다. 클릭하거나 Enter를 누르면 그 옵션으로 경주합니다.",
  racer: "규칙",
  other: "다른 옵션",
  budget: "실행마다 걷는 스텝 수",
  progress: "계산한 부분",
  loss: (loss: string, steps: number) => `${steps}스텝 뒤 손실 ${loss}`,
  lost: "발산",
  refused: "라이브러리가 이 옵션을 받지 않음",
  unknown: "아직 계산하지 않음",
  keys: "화살표 키로 다른 칸으로 옮기고, Enter로 이 옵션의 경주를 시작합니다.",
  race: "이 옵션으로 경주",
  best: "가장 좋은 칸",
  default: "기본값",
  tuned: "맞춘 학습률",
  tunedMeaning: (steps: number) =>
    `다른 옵션이 기본값일 때, 10의 거듭제곱의 1, 2, 5배 가운데 ${steps}스텝 뒤 손실이 가장 낮은 값`,
  low: "시작점 손실의 10⁻⁶",
  high: "시작점의 손실",
  above: "시작점보다 높은 손실",
  lostLegend: "발산(줄무늬)",
  measured: "색은 가장 낮은 최솟점의 손실을 기준으로 합니다.",
  summary: (rule: string, surface: string, other: string, best: string) =>
    `${surface}에서 ${rule}의 손실 지도. 가로는 학습률, 세로는 ${other}. ${best}.`,
  bestIs: (cell: string) => `가장 좋은 칸: ${cell}`,
  noBest: "손실이 유한한 칸이 없음",
  table: "숫자로 보기",
  rate: "lr",
  lowest: "가장 낮은 손실",
  at: (name: string) => `그때의 ${name}`,
  curve: "학습률 범위 시험(findRate): 학습률이 커지는 동안의 손실",
  curveLoss: "손실",
  smoothed: "평활화한 손실",
  suggestion: (rate: string) =>
    `findRate의 제안은 ${rate}입니다. 평활화한 손실이 가장 가파르게 줄어드는 곳입니다. 일정한 학습률로 쓰기에는 몇 배 클 때가 많습니다.`,
  noSuggestion: "손실이 줄지 않아 findRate가 제안하는 학습률이 없습니다.",
  curveTable: "시험의 숫자",
} satisfies typeof en;

export const strings = { en, ko };
