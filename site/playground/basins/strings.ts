const en = {
  intro:
    "Each point of a picture is a start. Its colour shows which minimum the rule reaches from there, fainter if it takes " +
    "more steps. Move over a picture to read a start; click it, or press Enter, to race from there.",
  left: "First picture",
  right: "Second picture",
  budget: "Steps from each start",
  rate: (lr: string) => `lr = ${lr}`,
  noise: "The gradients are noisy. Each start needs an optimizer of its own, so the picture is coarser and slower.",
  tensors: (rule: string) =>
    `${rule} computes with whole tensors. Each start is a tensor of its own, so the picture is coarser and slower.`,
  alone: (what: string) =>
    `${what} uses all gradients of an optimizer. Each start needs one of its own, so the picture is coarser and slower.`,
  progress: "Computed",
  minimum: (number: number) => `minimum ${number}`,
  minimumAt: (number: number, x: string, y: string) => `minimum ${number} at (${x}, ${y})`,
  within: (radius: string) => `A start has reached a minimum when it stays within ${radius} of it until the last step.`,
  unfinished: "at no minimum yet",
  diverged: "diverged (striped)",
  repeated: "Colours repeat: there are more minima than colours.",
  fast: "few steps",
  slow: "many steps",
  start: (x: string, y: string) => `Start (${x}, ${y})`,
  reached: (rule: string, minimum: string, steps: number) => `${rule}: ${minimum} after ${steps} steps`,
  notReached: (rule: string, what: string) => `${rule}: ${what}`,
  unknown: (rule: string) => `${rule}: not computed yet`,
  keys: "Arrow keys move to other starts, Enter races from here.",
  race: "Race from this start",
  summary: (rule: string, surface: string, parts: string) => `Basins of ${rule} on ${surface}. ${parts}.`,
  part: (percent: string, what: string) => `${percent} ${what}`,
  table: "The numbers",
  outcome: "Outcome",
  share: (rule: string) => `${rule}: share of starts`,
  median: (rule: string) => `${rule}: median of steps`,
};

const ko = {
  intro:
    "그림의 각 점은 시작점입니다. 색은 규칙이 그 점에서 출발해 도달하는 최솟점을 나타내며, 스텝이 많이 걸릴수록 옅습니다. " +
    "그림 위로 포인터를 옮기면 시작점의 값을 읽을 수 있습니다. 클릭하거나 Enter를 누르면 그 점에서 경주를 시작합니다.",
  left: "첫째 그림",
  right: "둘째 그림",
  budget: "시작점마다 걷는 스텝 수",
  rate: (lr: string) => `lr = ${lr}`,
  noise: "기울기에 잡음이 있습니다. 시작점마다 옵티마이저(optimizer)가 따로 필요하므로 그림이 더 거칠고 느립니다.",
  tensors: (rule: string) =>
    `${rule}: 텐서(tensor) 전체로 계산합니다. 시작점마다 텐서가 따로 필요하므로 그림이 더 거칠고 느립니다.`,
  alone: (what: string) =>
    `${what}: 옵티마이저(optimizer)의 모든 기울기를 함께 계산합니다. 시작점마다 옵티마이저가 따로 필요하므로 그림이 더 거칠고 느립니다.`,
  progress: "계산한 부분",
  minimum: (number: number) => `최솟점 ${number}`,
  minimumAt: (number: number, x: string, y: string) => `(${x}, ${y})의 최솟점 ${number}`,
  within: (radius: string) => `마지막 스텝까지 최솟점에서 ${radius} 이내에 머무르면 도달한 것으로 봅니다.`,
  unfinished: "아직 최솟점에 도달하지 않음",
  diverged: "발산(줄무늬)",
  repeated: "최솟점이 색보다 많아 같은 색이 되풀이됩니다.",
  fast: "적은 스텝",
  slow: "많은 스텝",
  start: (x: string, y: string) => `시작점 (${x}, ${y})`,
  reached: (rule: string, minimum: string, steps: number) => `${rule}: ${steps}스텝 뒤 ${minimum}`,
  notReached: (rule: string, what: string) => `${rule}: ${what}`,
  unknown: (rule: string) => `${rule}: 아직 계산하지 않음`,
  keys: "화살표 키로 다른 시작점으로 옮기고, Enter로 이 점에서 경주를 시작합니다.",
  race: "이 시작점에서 경주",
  summary: (rule: string, surface: string, parts: string) => `${surface}에서 ${rule}의 끌림 영역. ${parts}.`,
  part: (percent: string, what: string) => `${what} ${percent}`,
  table: "숫자로 보기",
  outcome: "결과",
  share: (rule: string) => `${rule}: 시작점의 비율`,
  median: (rule: string) => `${rule}: 스텝 수의 중앙값`,
} satisfies typeof en;

export const strings = { en, ko };
