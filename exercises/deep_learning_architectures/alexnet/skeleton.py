# Exercise 1: AlexNet


class AlexNet:
    def __init__(self, num_classes=10):
        """
        Create the layers of the table above.

        Args:
            num_classes: how many classes there are, which is how many logits come out
        """
        # TODO 1: the five convolutions. Conv2d takes in_channels, out_channels, kernel_size, stride, padding;
        #         stride is 1 and padding is 0 unless you say otherwise.
        # TODO 2: the three fully connected layers. fc1 reads the flattened 256 * 6 * 6 numbers.
        # TODO 3: ReLU, MaxPool2d and Dropout have no weights, so one of each is enough.
        raise NotImplementedError

    def forward(self, x):
        """
        Turn images into logits.

        Args:
            x: images, shape (batch_size, 3, 224, 224)

        Returns:
            logits, shape (batch_size, num_classes)
        """
        # TODO 4: convolutions, each with its ReLU, and max pooling after the first, second and fifth.
        # TODO 5: flatten each image to one row. The batch axis stays: x.shape[0] is its size.
        # TODO 6: fc1 and fc2, each with ReLU and then Dropout; fc3 alone.
        # Lost? Print x.shape after each step and compare it with the table.
        raise NotImplementedError
