// The rules in Korean: scripts/ruleSummaries.ts in one line each, and the docstrings of src/rules.
import type { rules } from "../../../src/index.js";

/** Each rule in one line. */
export const koreanSummaries: { readonly [rule in keyof typeof rules]: string } = {
  adabelief: "기울기의 분산을 2차 모멘트로 쓰는 Adam",
  adadelta: "감쇠하는 평균을 쓰는 AdaGrad. 스텝의 크기를 이전 스텝에서 정함",
  adafactor: "2차 모멘트 전체 대신 행과 열의 평균을 쓰는 Adam",
  adagrad: "모든 기울기 제곱의 합의 제곱근으로 나눔",
  adam: "기울기의 평균을 기울기 제곱의 평균의 제곱근으로 나눔",
  adamax: "2차 모멘트 대신 감쇠하는 최댓값을 쓰는 Adam",
  adamw: "분리된 가중치 감쇠를 쓰는 Adam",
  adan: "기울기의 차이로 만든 네스테로프 모멘텀을 쓰는 Adam",
  ademamix: "느린 두 번째 기울기 평균을 더한 AdamW",
  adopt: "이전 스텝의 2차 모멘트를 쓰는 Adam",
  amsgrad: "지금까지 가장 큰 2차 모멘트를 쓰는 Adam",
  asgd: "매개변수의 평균을 함께 구하는 경사 하강법",
  dog: "시작점에서의 거리로 학습률을 스스로 찾는 경사 하강법",
  ftrl: "정규화한 리더를 따름(FTRL). L1이 매개변수를 정확히 0으로 만듦",
  lamb: "스텝이 텐서마다 노름에 비례하는 Adam. 큰 배치용",
  lars: "스텝이 텐서마다 노름에 비례하는 모멘텀. 큰 배치용",
  lion: "기울기 평균의 부호",
  madgrad: "쌍대 평균을 제곱 합의 세제곱근으로 나눔",
  momentum: "무거운 공(heavy-ball) 모멘텀을 쓰는 경사 하강법",
  muon: "행렬에는 직교화한 모멘텀, 나머지 텐서에는 AdamW",
  nadam: "네스테로프처럼 앞을 내다보는 Adam",
  nesterov: "모멘텀이 이끄는 점의 기울기를 쓰는 모멘텀",
  novograd: "텐서마다 기울기의 노름으로 나눈 기울기의 모멘텀",
  prodigy: "학습률을 스스로 찾는 Adam",
  qhm: "기울기와 모멘텀의 가중 평균",
  radam: "웜업 대신 학습률을 바로잡는 Adam",
  rmsprop: "기울기를 기울기 제곱의 평균의 제곱근으로 나눔",
  rprop: "부호만으로 정하는 원소별 스텝 크기. 전체 배치용",
  scheduleFreeAdamw: "학습률 스케줄 대신 매개변수의 평균을 쓰는 AdamW",
  scheduleFreeSgd: "학습률 스케줄 대신 매개변수의 평균을 쓰는 경사 하강법",
  sgd: "경사 하강법",
  signum: "모멘텀의 부호",
  sm3: "원소마다가 아니라 행과 열마다 상한을 두는 AdaGrad",
  sophia: "모멘텀을 곡률의 추정값으로 나누고 원소마다 자름",
  yogi: "2차 모멘트가 덧셈으로 바뀌는 Adam",
};

/** What the docstring of each rule says. */
export const koreanTexts: { readonly [rule in keyof typeof rules]: string } = {
  adabelief:
    "AdaBelief는 g 대신 g − m의 제곱 평균의 제곱근으로 나누는 Adam입니다. Adam의 속도로 SGD처럼 일반화하도록, 또 GAN을 위해 만들었습니다. 저자의 코드처럼 eps를 s에도 더합니다.",
  adadelta:
    "AdaDelta의 스텝은 매개변수와 같은 단위를 가지며, 이전 스텝의 제곱 평균의 제곱근으로 크기를 정합니다. 학습률을 조정할 필요가 없습니다.",
  adafactor:
    "PyTorch와 같은 Adafactor입니다. 원소마다가 아니라 행과 열마다 제곱 평균을 두고, 스텝이 p의 크기에 비례하는 Adam입니다. Adam의 상태가 메모리에 들어가지 않는 모델에 씁니다. p와 g 외에는 텐서 하나만큼의 메모리가 더 필요하고, 그 밖에는 거의 없습니다.",
  adagrad:
    "AdaGrad는 원소마다 스텝을 그 원소의 기울기 제곱 합의 제곱근으로 나눕니다. 희소한 기울기에 씁니다. eps를 제곱근 안에 두려면 `initialAccumulator`에 더하고 `eps`를 0으로 합니다.",
  adam: "PyTorch와 같은 Adam입니다. eps는 제곱근 밖에, 편향 보정(bias correction) 뒤에 있습니다. 신경망에서 보통 가장 먼저 고릅니다. 가중치 감쇠가 필요하면 `adamw`를 씁니다.",
  adamax:
    "Adamax는 제곱 평균의 제곱근 대신 |g|의 감쇠하는 최댓값으로 나누는 Adam입니다. Keras는 임베딩이 있는 모델에 권합니다. PyTorch처럼 eps는 최댓값 안에 있습니다. `epsInMax: false`이면 p ← p − lr·m̂/(u + eps)입니다.",
  adamw: "AdamW는 분리된 가중치 감쇠를 쓰는 Adam입니다. 이 감쇠는 모멘트에 들어가지 않습니다. 트랜스포머에서 보통 고릅니다.",
  adan: "Adan은 기울기의 차이로 만든 네스테로프 모멘텀을 쓰는 Adam입니다. 논문의 학습률은 대부분 AdamW의 5배에서 10배입니다. 저자의 코드처럼 가중치 감쇠는 근접(proximal) 방식으로, p를 나눕니다.",
  ademamix:
    "AdEMAMix는 느린 두 번째 기울기 평균을 더한 AdamW입니다. 이 평균에는 편향 보정이 없습니다. 오래된 기울기가 도움이 되는 긴 학습에 씁니다. 논문에서는 alpha와 beta3이 스케줄에 따라 커집니다.",
  adopt:
    "ADOPT는 스텝 이전의 제곱 평균으로 나누는 Adam입니다. 그래서 어떤 beta2에서도 수렴합니다. Adam이 발산하거나 beta2를 조정해야 하는 문제에 씁니다. 첫 스텝은 v를 초기화하기만 합니다.",
  amsgrad:
    "PyTorch와 같은 AMSGrad입니다. 지금까지 가장 큰 제곱 평균의 제곱근으로 나누는 Adam입니다. 드물게 나타나는 큰 기울기를 Adam이 너무 빨리 잊는 문제에 씁니다. `corrected`가 아니면 편향 보정 전에 최댓값을 구합니다.",
  asgd: "평균을 내는 경사 하강법(averaged SGD)입니다. 볼록한 손실의 잡음 있는 기울기에 씁니다. 스케줄에 따른 lr은 바로 적용됩니다. PyTorch에서는 한 스텝 늦습니다. `eval()`이 평균을 보여 줍니다.",
  dog: "DoG(distance over gradients)는 학습률을 스스로 찾는 경사 하강법입니다. 학습률은 처음 p에서 가장 멀어진 거리를 기울기 제곱 합의 제곱근으로 나눈 값입니다. lr은 1로 둡니다. 저자들은 매개변수의 평균을 권합니다. `ema`를 참고하십시오.",
  ftrl: "Keras와 같은 FTRL-Proximal(follow the regularized leader)입니다. 각 p는 지금까지의 모든 손실을 나타내는 모델의 정확한 최솟점입니다. l1을 쓰면 많은 p가 정확히 0이 됩니다. 클릭 예측 같은 희소한 선형 모델에 씁니다.",
  lamb: "LAMB는 스텝이 텐서마다 노름에 비례하는 Adam입니다. 큰 배치에 씁니다.",
  lars: "LARS는 스텝이 텐서마다 노름에 비례하는 모멘텀입니다. 큰 배치에 씁니다.",
  lion: "Lion은 기울기 평균의 부호를 따라 움직이며, 상태는 Adam의 절반입니다. 학습률은 AdamW보다 3배에서 10배 작게, 가중치 감쇠는 같은 배수만큼 크게 합니다.",
  madgrad:
    "MADGRAD는 처음 p에서 시작하는 쌍대 평균(dual averaging)을 제곱 합의 세제곱근으로 나누고, 모멘텀을 더한 것입니다. 저자들은 SGD보다 작은 가중치 감쇠를 권하며, 아예 쓰지 않기도 합니다.",
  momentum:
    "무거운 공(heavy-ball) 모멘텀입니다. 합성곱 신경망에 스케줄과 함께 씁니다. PyTorch처럼 dampening은 첫 기울기에 적용하지 않습니다. `lrInMomentum`이면 b는 lr·g의 합이고, p ← p − b입니다.",
  muon: "Muon은 f32에서 뉴턴–슐츠 반복 다섯 번으로 직교화한 모멘텀입니다. 차원이 정확히 둘인 텐서에 적용합니다. 합성곱은 [출력, 나머지 크기의 곱]으로 선언합니다. 나머지 텐서는 AdamW가 학습률 adamScale · lr로 갱신합니다. 임베딩과 마지막 층은 AdamW가 더 나으므로 차원 하나로 선언합니다.",
  nadam:
    "PyTorch와 같은 NAdam입니다. 네스테로프처럼 앞을 내다보고(look-ahead) 모멘텀을 웜업하는 Adam입니다. Adam보다 조금 빠를 때가 많습니다.",
  nesterov:
    "네스테로프 모멘텀입니다. 모멘텀이 클 때 무거운 공 모멘텀보다 안정적입니다. 옮긴 점 p + μv의 기울기를 씁니다. μ는 모멘텀이고 v = −lr·b입니다. PyTorch와 같은 한 단계 형태에서는 `params`가 옮긴 점입니다. 원래의 두 단계 형태에서는 `shift()`가 `params`를 p에서 p + μv로 옮기고, `step()`이 그 점의 기울기로 p를 옮깁니다. 시작점이 같고 학습률이 일정하면 두 형태는 같은 점에서 기울기를 구합니다. 버퍼 b에는 스텝이 아니라 기울기가 들어 있습니다. 그래서 `lrInMomentum`이 아니면 학습률의 변화가 속도 전체의 크기를 바꿉니다.",
  novograd:
    "NovoGrad는 정규화한 기울기의 모멘텀입니다. 텐서마다 기울기를 노름 제곱의 평균의 제곱근으로 나눕니다. 큰 배치에 쓰며, 상태는 Adam의 절반입니다.",
  prodigy:
    "Prodigy는 학습률 d를 스스로 찾는 Adam입니다. d는 처음 p에서 최솟점까지의 거리이며, 기울기로 추정합니다. lr은 1로 두거나, 1에서 시작하는 스케줄을 씁니다. `carry.d`가 지금의 추정값입니다.",
  qhm: "준쌍곡(quasi-hyperbolic) 모멘텀은 기울기와 기울기 평균의 가중 평균입니다. nu = 0이면 경사 하강법이고, nu = 1이면 평균만 씁니다. 다른 모멘텀 대신 쓸 수 있으며, 기본값은 논문의 값입니다.",
  radam:
    "PyTorch와 같은 RAdam입니다. 기울기의 분산을 알 때까지 처음 몇 스텝은 모멘텀을 씁니다(beta2 = 0.999이면 다섯 스텝). 그다음은 학습률을 바로잡은 Adam이며, eps는 보정하지 않은 제곱근 밖에 있습니다. 웜업이 필요 없습니다.",
  rmsprop:
    "PyTorch와 같은 RMSProp입니다. `epsInRoot`가 아니면 eps는 제곱근 밖에, `lrInMomentum`이 아니면 학습률은 모멘텀 밖에 있습니다. 순환 신경망과 강화 학습에 씁니다.",
  rprop:
    "PyTorch와 같은 Rprop입니다. 원소마다 스텝의 크기가 따로 있습니다. 기울기의 부호가 그대로이면 커집니다. 부호가 바뀌면 작아지고, 그 원소는 그 스텝에서 움직이지 않습니다. 전체 배치에 씁니다.",
  scheduleFreeAdamw:
    "Schedule-Free AdamW는 모멘텀과 학습률 스케줄 대신 평균을 씁니다. 길이를 모르는 학습에 씁니다. 학습 중에 `params`는 기울기를 구하는 점 y입니다. `eval()`은 평가하고 저장할 평균 x를 보여 주고, `train()`은 되돌립니다.",
  scheduleFreeSgd:
    "Schedule-Free 경사 하강법은 학습률 스케줄 대신 평균을 씁니다. 길이를 모르는 학습에 씁니다. 학습 중에 `params`는 기울기를 구하는 점 y입니다. `eval()`은 평가하고 저장할 평균 x를 보여 주고, `train()`은 되돌립니다.",
  sgd: "경사 하강법(gradient descent)입니다. 기울기에 들어가는 예제에 따라 배치, 확률적 또는 미니 배치 경사 하강법이 됩니다. 볼록한 손실에, 또 비교의 기준으로 씁니다.",
  signum: "Signum은 기울기 평균의 부호를 따라 움직입니다. 모멘텀이 0이면 signSGD입니다. 원소마다 기울기의 크기가 다를 때 씁니다.",
  sm3: "SM3-II는 기울기 제곱의 합 대신 상한을 쓰는 AdaGrad입니다. 모멘텀 외의 상태는 축의 인덱스마다 상한 하나입니다. 큰 임베딩에 씁니다.",
  sophia:
    "Sophia-G는 기울기 평균을 곡률로 나누고 자릅니다. 언어 모델에 씁니다. 열 스텝마다 한 번쯤 모델의 예측에서 레이블을 뽑고, 그 손실의 기울기를 `grads`에 채운 뒤 `observe()`를 부릅니다. 그런 다음 실제 레이블의 기울기를 `grads`에 채우고 `step()`을 부릅니다. 첫 `observe()` 전에는, 그리고 곡률이 없는 원소에서는 기울기 평균의 부호를 따라 움직입니다.",
  yogi: "Yogi는 v가 스텝마다 (1 − beta2)·g²만큼 오르거나 내리는 Adam입니다. 기울기가 작아진 뒤에 Adam의 스텝이 너무 빨리 커지는 문제에 씁니다. optax처럼 두 모멘트는 같은 값에서 시작합니다.",
};
