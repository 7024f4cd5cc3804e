"""Turns the published weights into ONNX files, with nothing but Python's standard library.

No NumPy, no HDF5 library, no PyTorch: the weights are pinned by their hash, so three small
readers and one small writer do, the set-up needs no packages of its own, and the same bytes
come out on every machine (the catalog holds their sha256).

| module | what it does |
|---|---|
| `tensor` | an array of 32-bit floats with a shape, made dense from strides |
| `torch_legacy` | reads a PyTorch state dict of before 1.6 |
| `hdf5` | reads the datasets of a Keras weight file |
| `onnx_write` | builds a graph and writes it as ONNX |
| `efficientnet_lite` | EfficientNet-Lite from its state dict |
| `squeezenet` | SqueezeNet 1.1 from its Keras weights |
"""
