// The exported kernels. Arguments: range of elements, addresses, scalars.

export { adadelta } from "./kernels/adadelta";
export { adagrad } from "./kernels/adagrad";
export { adam } from "./kernels/adam";
export { flush } from "./kernels/flush";
export { momentum } from "./kernels/momentum";
export { nesterov } from "./kernels/nesterov";
export { peak } from "./kernels/peak";
export { rmsprop } from "./kernels/rmsprop";
export { rmspropCentered } from "./kernels/rmspropCentered";
export { rmspropCenteredMomentum } from "./kernels/rmspropCenteredMomentum";
export { rmspropMomentum } from "./kernels/rmspropMomentum";
export { sgd } from "./kernels/sgd";
