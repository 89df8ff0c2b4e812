// The exported kernels. Arguments: range of elements, addresses, scalars.

export { adabelief } from "./kernels/adabelief";
export { adadelta } from "./kernels/adadelta";
export { adagrad } from "./kernels/adagrad";
export { adam } from "./kernels/adam";
export { adamax } from "./kernels/adamax";
export { adan } from "./kernels/adan";
export { ademamix } from "./kernels/ademamix";
export { adopt } from "./kernels/adopt";
export { amsgrad } from "./kernels/amsgrad";
export { flush } from "./kernels/flush";
export { lion } from "./kernels/lion";
export { momentum } from "./kernels/momentum";
export { nadam } from "./kernels/nadam";
export { nesterov } from "./kernels/nesterov";
export { peak } from "./kernels/peak";
export { qhm } from "./kernels/qhm";
export { radam } from "./kernels/radam";
export { rmsprop } from "./kernels/rmsprop";
export { rmspropCentered } from "./kernels/rmspropCentered";
export { rmspropCenteredMomentum } from "./kernels/rmspropCenteredMomentum";
export { rmspropMomentum } from "./kernels/rmspropMomentum";
export { sgd } from "./kernels/sgd";
export { yogi } from "./kernels/yogi";
