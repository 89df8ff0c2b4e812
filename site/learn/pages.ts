// The pages of /learn/, in reading order, with the short titles that the sidebar shows.

export interface LearnPage {
  /** The file in pages/learn/ and pages/ko/learn/. */
  readonly name: string;
  readonly title: { readonly en: string; readonly ko: string };
}

const page = (name: string, en: string, ko: string): LearnPage => ({ name, title: { en, ko } });

export const learnPages: readonly LearnPage[] = [
  page("descent", "The learning rate", "학습률"),
  page("minima", "Local minima", "지역 최솟값"),
  page("batches", "Batch, stochastic, mini-batch", "배치, 확률적, 미니 배치"),
  page("decay", "A falling rate", "학습률 감소"),
  page("flat", "Flat and sharp minima", "평탄한 최솟값과 날카로운 최솟값"),
  page("adagrad", "AdaGrad", "AdaGrad"),
  page("rmsprop", "RMSProp and AdaDelta", "RMSProp과 AdaDelta"),
  page("momentum", "Momentum", "모멘텀"),
  page("nesterov", "Nesterov momentum", "네스테로프 가속 경사"),
  page("adam", "Adam", "Adam"),
  page("which", "Which one shall I take?", "어느 것을 골라야 합니까?"),
];
