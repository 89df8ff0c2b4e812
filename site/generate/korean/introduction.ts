/** What docs/rules.md says before its sections, in Korean. */
export const koreanRulesIntroduction = `## 수식을 읽는 법 {#reading-the-formulas}

- p는 매개변수(parameter), g는 [처리](/ko/guide/gradients)와 L2 가중치 감쇠(weight decay)를 거친 기울기(gradient)입니다. t는 1부터 세는 스텝의 번호입니다.
- 화살표 ←는 p, 상태, 또는 옵티마이저가 지니는 수를 바꿉니다. 등호 =는 중간값에 이름을 붙입니다.
- 모자(^)는 평균의 편향 보정(bias correction)을 나타냅니다. m̂은 m/(1 − beta1ᵗ), v̂은 v/(1 − beta2ᵗ)입니다.
- ‖x‖는 유클리드 노름, ‖x‖₁은 절댓값의 합, ⟨x, y⟩는 내적입니다.
- *상태*는 \`opt.state\`의 슬롯이며, PyTorch나 저자가 쓰는 이름을 함께 적습니다. \`opt.carry\`에는 규칙이 지니는 수가 있습니다.
- *고정* 옵션은 옵티마이저를 만든 뒤에 바꿀 수 없습니다.
- 구간 [0,1)은 0을 포함하고 1은 포함하지 않습니다. ∞는 가장 큰 f32 수를 뜻합니다.
- 수식 안의 영어: *for each tensor* 텐서마다, *as in Adam* Adam과 같음, *at first* 처음에는, *if … else* 만약 … 아니면, *then* 그다음, *with …* …을 쓰면, *mean of* 평균.

## 텐서 전체를 보는 규칙

\`lars\`, \`lamb\`, \`novograd\`, \`adafactor\`, \`sm3\`, \`muon\`은 텐서를 하나씩 다룹니다. \`adafactor\`, \`sm3\`, \`muon\`에는 행렬의 모양도 필요합니다.
예: \`{ weight: [10, 784] }\`. 합은 f64로, 정해진 순서로 구합니다.

## 학습률을 찾는 규칙

\`prodigy\`와 \`dog\`는 한 그룹의 모든 매개변수에서 학습률(learning rate)을 찾습니다. \`lr\`은 1로 두거나, 1에서 시작하는 스케줄을 씁니다.

- \`prodigy\`: 학습률은 \`opt.carry.d\`입니다. \`d0\`의 기본값이 1e-6이면 첫 움직임이 f32의 반올림 오차에 가깝습니다. 그래서 d는 f64로 계산한 값과
  최대 0.2 % 다릅니다. \`d0: 1e-4\`이면 0.007 % 다릅니다.
- \`dog\`: 학습률은 r/√n입니다. r과 n은 \`opt.carry\`에 있습니다.`;
