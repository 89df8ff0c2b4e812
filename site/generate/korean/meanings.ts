/** What the comments of src/rules say of options, and why a rule does not converge, in Korean. The keys are the English sentences. */
export const koreanMeanings: { readonly [english: string]: string } = {
  // Rates and factors of the step
  "Step size.": "스텝의 크기(학습률)입니다.",
  "Factor of the step.": "스텝에 곱하는 수입니다.",
  "Largest step, relative to the size of p.": "가장 큰 스텝이며, p의 크기에 대한 비율입니다.",
  "Step size, which trust reduces further.": "스텝의 크기입니다. trust가 이를 더 줄입니다.",
  "Step of a tensor, relative to its norm.": "텐서의 스텝이며, 그 텐서의 노름에 대한 비율입니다.",
  "AdamW's step size, as a multiple of lr.": "AdamW의 스텝 크기이며, lr의 배수입니다.",
  "Inverse-time decay of the step size.": "시간에 반비례하는 스텝 크기의 감소율입니다.",
  "Decay of the step size and of p.": "스텝 크기와 p의 감쇠율입니다.",
  "Exponent of the decay of the step size.": "스텝 크기의 감소에 쓰는 지수입니다.",
  "Initial step size of every element.": "모든 원소의 처음 스텝 크기입니다.",
  "Factor of the step size after a change of sign.": "부호가 바뀐 뒤 스텝 크기에 곱하는 수입니다.",
  "Factor of the step size after equal signs.": "부호가 같을 때 스텝 크기에 곱하는 수입니다.",
  "Least step size, at most stepMax.": "가장 작은 스텝 크기이며, stepMax 이하입니다.",
  "Largest step size.": "가장 큰 스텝 크기입니다.",
  "Initial distance, relative to 1 + ‖p‖.": "처음 거리이며, 1 + ‖p‖에 대한 비율입니다.",
  "Initial rate.": "처음 학습률입니다.",
  "Factor of the estimated rate.": "추정한 학습률에 곱하는 수입니다.",
  "Largest growth of the rate per step.": "한 스텝에서 학습률이 커질 수 있는 가장 큰 배수입니다.",
  "Steps of a linear warm-up to lr.": "lr까지 선형으로 웜업하는 스텝의 수입니다.",
  "Speed of the momentum's warm-up.": "모멘텀을 웜업하는 속도입니다.",
  "Scales the steps of matrices to the size of AdamW's.": "행렬의 스텝을 AdamW의 스텝 크기에 맞춥니다.",
  "Least size of p in the step size.": "스텝 크기를 정할 때 쓰는 p의 가장 작은 크기입니다.",

  // Momentum and means of gradients
  "Decay of the mean of gradients.": "기울기 평균의 감쇠율입니다.",
  "Decay of the sum of gradients.": "기울기 합의 감쇠율입니다.",
  "Decay of the mean of gradient differences.": "기울기 차이의 평균의 감쇠율입니다.",
  "Decay of the slow mean of gradients.": "느린 기울기 평균의 감쇠율입니다.",
  "Weight of the slow mean.": "느린 평균의 가중치입니다.",
  "Decay of the mean of steps.": "스텝 평균의 감쇠율입니다.",
  "Decay of the sum of steps.": "스텝 합의 감쇠율입니다.",
  "Decay of the sum of directions.": "방향 합의 감쇠율입니다.",
  "Decay of the sum of scaled gradients.": "크기를 조정한 기울기의 합의 감쇠율입니다.",
  "Share of the mean in the step.": "스텝에서 평균이 차지하는 비율입니다.",
  "Share of the old p in the new.": "새 p에서 이전 p가 차지하는 비율입니다.",
  "Share of each gradient, except the first, left out of the sum.":
    "합에서 제외하는 기울기의 비율입니다. 첫 기울기에는 적용하지 않습니다.",
  "Sums steps instead of gradients: a change of lr does not rescale earlier steps.":
    "기울기가 아니라 스텝을 더합니다. lr이 바뀌어도 이전 스텝의 크기는 그대로입니다.",
  "Nesterov's look-ahead along the momentum.": "모멘텀을 따라 앞을 내다봅니다(네스테로프).",
  "AdamW's decay of the mean of gradients.": "AdamW에서 기울기 평균의 감쇠율입니다.",
  "Share of the average in the gradient point y.": "기울기를 구하는 점 y에서 평균이 차지하는 비율입니다.",

  // Squares and divisors
  "Decay of the mean of squared gradients.": "기울기 제곱의 평균의 감쇠율입니다.",
  "Decay of both means of squares.": "두 제곱 평균의 감쇠율입니다.",
  "Decay of the mean of squares.": "제곱 평균의 감쇠율입니다.",
  "Decay of the mean of squared norms.": "노름 제곱의 평균의 감쇠율입니다.",
  "AdamW's decay of the mean of squared gradients.": "AdamW에서 기울기 제곱의 평균의 감쇠율입니다.",
  "Exponent of 1/t in the gain of the means.": "평균을 갱신하는 비율에 쓰는 1/t의 지수입니다.",
  "Root mean square to which u is clipped.": "u를 자르는 기준이 되는 제곱 평균의 제곱근입니다.",
  "Initial sum of squared gradients.": "기울기 제곱 합의 처음 값입니다.",
  "Initial value of both moments.": "두 모멘트의 처음 값입니다.",
  "Keeps the division finite.": "나눗셈의 결과를 유한하게 합니다.",
  "Keeps AdamW's division finite.": "AdamW에서 나눗셈의 결과를 유한하게 합니다.",
  "Keeps the division finite; also added to s at every step.": "나눗셈의 결과를 유한하게 합니다. 스텝마다 s에도 더합니다.",
  "Makes the first steps larger than 0 and keeps the division finite.":
    "첫 스텝이 0보다 크게 하고, 나눗셈의 결과를 유한하게 합니다.",
  "Least divisor.": "가장 작은 나누는 수입니다.",
  "Least norm as divisor.": "나누는 수로 쓰는 가장 작은 노름입니다.",
  "Adds eps to the root before the root's bias correction.": "제곱근의 편향 보정 전에 eps를 제곱근에 더합니다.",
  "Added inside the root, after the bias correction.": "편향 보정 뒤에 제곱근 안에 더합니다.",
  "Adds eps inside the root.": "eps를 제곱근 안에 더합니다.",
  "Adds eps inside the maximum instead of to u.": "eps를 u가 아니라 최댓값 안에 더합니다.",
  "Added to the root.": "제곱근에 더합니다.",
  "Takes the maximum after the bias correction.": "편향 보정 뒤에 최댓값을 구합니다.",
  "Divides by the standard deviation of the gradient.": "기울기의 표준편차로 나눕니다.",

  // Curvature
  "Decay of the mean curvature.": "곡률 평균의 감쇠율입니다.",
  "Factor of the curvature; a larger factor clips fewer elements.": "곡률에 곱하는 수입니다. 클수록 잘리는 원소가 적습니다.",
  "Number of examples, or tokens, in the mean gradient.": "평균 기울기에 들어간 예제나 토큰의 수입니다.",

  // Averages of the parameters
  "Steps before the averaging begins.": "평균을 내기 전까지의 스텝 수입니다.",
  "Exponent of t in the weight of a step in the average.": "평균에서 한 스텝의 가중치에 쓰는 t의 지수입니다.",
  "Exponent of the largest rate in the weight of a step.": "한 스텝의 가중치에 쓰는 최대 학습률의 지수입니다.",

  // Weight decay and penalties
  "L2 penalty: adds weightDecay · p to the gradient.": "L2 벌점입니다. 기울기에 weightDecay · p를 더합니다.",
  "Decoupled decay: subtracts lr · weightDecay · p.": "분리된 감쇠입니다. lr · weightDecay · p를 뺍니다.",
  "Proximal decay: divides p by 1 + lr · weightDecay.": "근접(proximal) 감쇠입니다. p를 1 + lr · weightDecay로 나눕니다.",
  "Weight decay: adds weightDecay · p to the direction.": "가중치 감쇠입니다. 방향에 weightDecay · p를 더합니다.",
  "Penalty on |p|; makes small p exactly 0.": "|p|에 대한 벌점입니다. 작은 p를 정확히 0으로 만듭니다.",
  "Penalty on p² in the minimum.": "최솟점을 구할 때 p²에 대한 벌점입니다.",
  "Penalty on p² in the gradient.": "기울기에 넣는 p²에 대한 벌점입니다.",

  // Why a rule does not converge
  "its `lambd`, 0.0001 by default, acts as weight decay and moves the minimum by 0.0010, a little more than the tolerance":
    "기본값이 0.0001인 `lambd`가 가중치 감쇠로 작용하여 최솟점을 0.0010만큼 옮깁니다. 허용 오차보다 조금 큽니다",
  "its sum keeps the first gradients, in which the steep axis is thousands of times the flat one, and holds its rate below a seventh of what `sgd` can use; with `lr` = 2 it would converge":
    "합에 남은 첫 기울기에서 가파른 축은 평평한 축의 수천 배이므로, 학습률이 `sgd`가 쓸 수 있는 값의 7분의 1 아래에 머무릅니다. `lr` = 2이면 수렴합니다",
  "near the valley's floor a step of `stepMin`, 0.000001 by default, changes the steep derivative by more than the flat derivative that remains, and the signs only alternate; with 0 it would converge":
    "골짜기의 바닥 근처에서는 기본값이 0.000001인 `stepMin`만큼의 스텝도 가파른 축의 도함수를 평평한 축에 남은 도함수보다 크게 바꾸어 부호가 번갈아 바뀝니다. 0이면 수렴합니다",
  "its average over all steps forgets early steps by a power of 1/t only, while the distance of `sgd` falls exponentially; with `lr` = 0.001 it would converge, but its first steps go too far":
    "모든 스텝의 평균은 초기 스텝을 1/t의 거듭제곱으로만 잊지만, `sgd`의 거리는 지수적으로 줄어듭니다. `lr` = 0.001이면 수렴하지만 첫 스텝이 너무 멀리 갑니다",
};
