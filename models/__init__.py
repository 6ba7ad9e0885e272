"""Models, training and evaluation in PyTorch. The explorer never imports this package: a bundle on disk joins them."""
