# Exercise 3: Softmax regression


class SoftmaxRegression:
    def __init__(self, n_features, n_classes):
        # TODO 1: a Linear layer from utils.
        raise NotImplementedError

    def forward(self, x, labels):
        """
        Probabilities, and the gradients of the mean cross-entropy.

        Args:
            x: shape (n, n_features)
            labels: shape (n,), integers

        Returns:
            probabilities: shape (n, n_classes)
            weight_gradient: shape (n_features, n_classes)
            bias_gradient: shape (n_classes,)
        """
        # TODO 2: scores, then probabilities.
        # TODO 3: delta, the gradient with respect to the scores.
        # TODO 4: the gradients of weight and bias from x and delta.
        raise NotImplementedError
