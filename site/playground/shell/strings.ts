const en = {
  views: { race: "Race", swarm: "Swarm", basins: "Basins", rates: "Rates", training: "Training", flat: "Flat and sharp" },
  viewList: "Views",
  loading: "Loading …",
  failed: (message: string) => `This view cannot be shown: ${message}`,
  surface: "Surface",
  startValues: "Start values of learning rates",
  defaults: "defaults of the library",
  tuned: "tuned for this surface and start",
  reset: "Usual start",
  copyLink: "Copy link",
  copyCode: "Copy code",
  why: "Why?",
  linkCopied: "The link is copied. It shows the same picture in every browser.",
  codeCopied: "The program is copied. It runs in Node and prints the numbers of the picture.",
  byHand: "The browser does not let this page copy. Copy it by hand:",
  learn: "Learn more",
  reasons: {
    bowl: "A step is the learning rate times the gradient. Too large a rate overshoots the minimum, too small a rate crawls.",
    kappa:
      "Across the ravine the curvature is κ times that along it. A rate that is safe across is slow along; momentum adds up the small gradients along the ravine.",
    rosenbrock:
      "The walls of the ravine are steep and its floor is almost flat. Momentum adds up the small gradients along the floor.",
    beale:
      "Gradients differ by powers of ten between the walls and the plateau. Rules with a rate per axis take steps of similar length on both.",
    himmelblau: "All four minima are equally low. The start and the rate decide which one a rule reaches.",
    saddle:
      "At the saddle point the gradient is 0, but it is no minimum. Gradient descent leaves it slowly, because the gradient nearby is small.",
    plateau:
      "On the plateau the gradient is almost 0. Rules that divide by the size of the gradient walk on at their usual pace.",
    wells: "Both minima are almost equally low. A rule with large steps jumps out of the sharp one and stays in the flat one.",
    ripples: "Each dent is a local minimum. Gradient descent stops in the nearest one, momentum can roll through.",
    noisy:
      "Each gradient has random errors. With a constant rate the points keep wandering around the minimum; a falling rate lets them settle.",
    regression:
      "A batch of few examples has another gradient than all examples. Small batches give more updates per epoch, in less exact directions.",
    classification:
      "Far from the minimum the loss is almost a plane. A batch of few examples points only roughly to the minimum.",
    swarm:
      "Many starts show what one start hides. The share of points that have arrived tells how much a rule depends on its start.",
    basins:
      "Each pixel is a start, and its colour is the minimum reached from there. The borders between colours show how a rule chooses between minima.",
    rates: "Each pixel is a run with its own learning rate and option. The map shows how wide the range of good rates is.",
    training: "Surfaces of two parameters do not choose an optimizer for a network. This view trains a network on real digits.",
    flat: "A flat minimum loses less when the test data differ from the training data. Batch size, averages and SAM change how flat the minimum is.",
  },
};

const ko = {
  views: {
    race: "경주",
    swarm: "떼",
    basins: "끌림 영역",
    rates: "학습률 지도",
    training: "실제 학습",
    flat: "평탄함과 날카로움",
  },
  viewList: "보기",
  loading: "불러오는 중 …",
  failed: (message: string) => `이 보기를 표시할 수 없습니다: ${message}`,
  surface: "손실 곡면",
  startValues: "학습률의 시작값",
  defaults: "라이브러리의 기본값",
  tuned: "이 곡면과 시작점에 맞춘 값",
  reset: "원래 시작점",
  copyLink: "링크 복사",
  copyCode: "코드 복사",
  why: "왜 그렇습니까?",
  linkCopied: "링크를 복사했습니다. 어느 브라우저에서나 같은 그림을 보여 줍니다.",
  codeCopied: "프로그램을 복사했습니다. Node에서 실행하면 그림의 수를 출력합니다.",
  byHand: "브라우저가 복사를 허용하지 않습니다. 직접 복사하십시오:",
  learn: "더 배우기",
  reasons: {
    bowl: "한 스텝은 학습률과 기울기의 곱입니다. 학습률이 너무 크면 최솟점을 지나치고, 너무 작으면 기어갑니다.",
    kappa:
      "골짜기를 가로지르는 방향의 곡률은 골짜기를 따라가는 방향의 κ배입니다. 가로지르는 방향에 안전한 학습률은 따라가는 방향에 느리며, 모멘텀은 골짜기를 따라 작은 기울기를 쌓습니다.",
    rosenbrock: "골짜기의 벽은 가파르고 바닥은 거의 평탄합니다. 모멘텀은 바닥을 따라 작은 기울기를 쌓습니다.",
    beale:
      "벽과 평탄 구간의 기울기는 몇 자릿수나 차이가 납니다. 축별 학습률을 쓰는 규칙은 양쪽에서 비슷한 길이의 스텝을 밟습니다.",
    himmelblau: "네 최솟점의 높이는 모두 같습니다. 시작점과 학습률에 따라 도달하는 최솟점이 달라집니다.",
    saddle: "안장점에서 기울기는 0이지만 최솟점은 아닙니다. 근처의 기울기가 작아서 경사 하강법은 천천히 벗어납니다.",
    plateau: "평탄 구간에서 기울기는 거의 0입니다. 기울기의 크기로 나누는 규칙은 평소 보폭으로 나아갑니다.",
    wells: "두 최솟점의 높이는 거의 같습니다. 스텝이 큰 규칙은 날카로운 최솟값에서 튀어나와 평탄한 최솟값에 머뭅니다.",
    ripples: "움푹한 곳은 저마다 지역 최솟값입니다. 경사 하강법은 가장 가까운 곳에서 멈추고, 모멘텀은 굴러서 지나갈 수 있습니다.",
    noisy:
      "기울기마다 무작위 오차가 있습니다. 학습률이 일정하면 점들이 최솟점 둘레를 계속 떠돌고, 학습률이 줄면 자리를 잡습니다.",
    regression:
      "예제 몇 개로 구한 기울기는 전체의 기울기와 다릅니다. 작은 배치는 에폭마다 더 많이 갱신하지만 방향은 덜 정확합니다.",
    classification: "최솟점에서 먼 곳의 손실은 거의 평면입니다. 예제가 적은 배치는 최솟점의 방향을 대강만 가리킵니다.",
    swarm:
      "시작점 하나로는 보이지 않는 것이 여러 시작점에서 보입니다. 도달한 점의 비율은 규칙이 시작점에 얼마나 좌우되는지 알려 줍니다.",
    basins: "픽셀마다 시작점이 하나이고, 색은 거기서 도달한 최솟점입니다. 색의 경계는 규칙이 최솟점을 고르는 방식을 보여 줍니다.",
    rates: "픽셀마다 학습률과 옵션이 다른 실행입니다. 지도는 좋은 학습률의 범위가 얼마나 넓은지 보여 줍니다.",
    training:
      "매개변수가 둘인 곡면으로는 신경망의 옵티마이저를 고를 수 없습니다. 여기서는 실제 숫자 그림으로 신경망을 학습시킵니다.",
    flat: "테스트 데이터가 학습 데이터와 다를 때 평탄한 최솟값은 덜 나빠집니다. 배치 크기, 평균, SAM에 따라 최솟점의 평탄함이 달라집니다.",
  },
} satisfies typeof en;

export const strings = { en, ko };
