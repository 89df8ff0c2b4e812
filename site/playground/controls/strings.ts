const en = {
  settings: {
    batch: "Batch size: examples per update",
    seed: "Seed",
    kappa: "Condition number κ",
    noise: "Noise σ",
  },
  default: (value: string, interval: string) => `default ${value}, in ${interval}`,
  defaultOnly: (value: string) => `default ${value}`,
  fixed: "read at the start",
  wrong: (interval: string) => `must be in ${interval}, and fit the other options`,
  on: "on",
  off: "off",
};

const ko = {
  settings: {
    batch: "배치 크기: 갱신마다 쓰는 예제 수",
    seed: "시드",
    kappa: "조건수 κ",
    noise: "잡음 σ",
  },
  default: (value: string, interval: string) => `기본값 ${value}, 범위 ${interval}`,
  defaultOnly: (value: string) => `기본값 ${value}`,
  fixed: "시작할 때 읽음",
  wrong: (interval: string) => `${interval} 안에 있고 다른 옵션과 맞아야 합니다`,
  on: "켜짐",
  off: "꺼짐",
} satisfies typeof en;

export const strings = { en, ko };
