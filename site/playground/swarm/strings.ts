const en = {
  intro:
    "Each rule starts from many points at once. All particles of a rule are the parameters of one optimizer, unless " +
    "stated below. Circles mark the minima; a particle inside one has arrived.",
  particles: "Particles a rule",
  automatic: "automatic",
  perFrame: "Steps a frame",
  show: (rule: string) => `show ${rule}`,
  count: (rule: string, count: string) => `${rule}: ${count} particles`,
  tensors: (rule: string, most: string) =>
    `${rule} computes with whole tensors, so each particle is a tensor of the optimizer: ${most} at most.`,
  optimizers: (rule: string, most: string) =>
    `${rule} computes with all parameters of an optimizer together, so each particle has an optimizer: ${most} at most.`,
  option: (rule: string, option: string, most: string) =>
    `${option} of ${rule} uses all gradients of an optimizer, so each particle has an optimizer of its own: ${most} at most.`,
  noise: "Each particle has noise of its own.",
  behind: (t: number, target: number) => `step ${t} of ${target}`,
  chart: "Share of particles at a minimum",
  steps: "Steps",
  percent: "%",
  table: "The numbers",
  whereTable: "Where the particles are",
  where: "Place",
  minimumAt: (x: string, y: string) => `minimum (${x}, ${y})`,
  elsewhere: "elsewhere",
  lost: "diverged",
  summary: (surface: string, t: number, rules: string) => `Particles on contour lines of ${surface}. After ${t} steps: ${rules}.`,
  share: (rule: string, arrived: string, lost: string) => `${rule} ${arrived} at a minimum, ${lost} diverged`,
  frame: (milliseconds: string) => `${milliseconds} ms a frame`,
};

const ko = {
  intro:
    "규칙마다 여러 점에서 한꺼번에 출발합니다. 아래에 따로 적지 않은 규칙은 모든 입자가 옵티마이저(optimizer) 하나의 매개변수입니다. " +
    "원은 최솟점을 나타내며, 원 안의 입자는 도달한 것입니다.",
  particles: "규칙마다 입자 수",
  automatic: "자동",
  perFrame: "프레임마다 스텝 수",
  show: (rule: string) => `${rule} 표시`,
  count: (rule: string, count: string) => `${rule}: 입자 ${count}개`,
  tensors: (rule: string, most: string) =>
    `${rule}: 텐서(tensor) 전체로 계산하므로 입자마다 텐서가 하나이고, 최대 ${most}개입니다.`,
  optimizers: (rule: string, most: string) =>
    `${rule}: 옵티마이저의 모든 매개변수를 함께 계산하므로 입자마다 옵티마이저가 하나이고, 최대 ${most}개입니다.`,
  option: (rule: string, option: string, most: string) =>
    `${rule}의 ${option}: 옵티마이저의 모든 기울기를 함께 계산하므로 입자마다 옵티마이저가 하나이고, 최대 ${most}개입니다.`,
  noise: "잡음은 입자마다 다릅니다.",
  behind: (t: number, target: number) => `${target}스텝 중 ${t}스텝`,
  chart: "최솟점에 있는 입자의 비율",
  steps: "스텝",
  percent: "%",
  table: "숫자로 보기",
  whereTable: "입자의 위치",
  where: "위치",
  minimumAt: (x: string, y: string) => `최솟점 (${x}, ${y})`,
  elsewhere: "그 밖",
  lost: "발산",
  summary: (surface: string, t: number, rules: string) => `${surface}의 등고선 위의 입자. ${t}스텝 뒤: ${rules}.`,
  share: (rule: string, arrived: string, lost: string) => `${rule}: 최솟점에 ${arrived}, 발산 ${lost}`,
  frame: (milliseconds: string) => `프레임마다 ${milliseconds} ms`,
} satisfies typeof en;

export const strings = { en, ko };
