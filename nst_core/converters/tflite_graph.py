"""A TFLite file as a list of operators and the constants that they read, dequantised; the parser alone, no runtime."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Operator:
    """`kind` is TFLite's own name ("CONV_2D"); inputs and output are tensor numbers, an absent optional input is -1."""

    kind: str
    inputs: tuple[int, ...]
    output: int


class Graph:
    """The first subgraph of a TFLite file; `operators` are in execution order, as the format demands."""

    def __init__(self, path: Path) -> None:
        import tflite

        content = path.read_bytes()
        if content[4:8] != b"TFL3":
            raise ValueError("not a TFLite file")
        self._model = tflite.Model.GetRootAs(content, 0)
        self._subgraph = self._model.Subgraphs(0)
        self.operators = tuple(self._operators())
        self._producers = {operator.output: operator for operator in self.operators}

    @property
    def inputs(self) -> tuple[int, ...]:
        """Tensor numbers of what the graph is fed with."""
        return tuple(self._subgraph.InputsAsNumpy().tolist())

    def shape(self, tensor: int) -> tuple[int, ...]:
        return tuple(self._subgraph.Tensors(tensor).Shape(axis) for axis in range(self._subgraph.Tensors(tensor).ShapeLength()))

    def producer(self, tensor: int) -> Operator | None:
        """The operator that computes `tensor`, or None for inputs and constants."""
        return self._producers.get(tensor)

    def constant(self, tensor: int) -> np.ndarray:
        """The value of a constant as float32, dequantised: scale * (integer - zero point), per tensor or per channel.

        Looks through a DEQUANTIZE operator, which is how TFLite stores float16 weights. ValueError when it isn't constant.
        """
        import numpy as np

        producer = self.producer(tensor)
        if producer is not None and producer.kind == "DEQUANTIZE":
            return self.constant(producer.inputs[0])
        entry = self._subgraph.Tensors(tensor)
        buffer = self._model.Buffers(entry.Buffer())
        if producer is not None or not buffer.DataLength():
            raise ValueError(f"tensor {tensor} is computed, not constant")
        values = buffer.DataAsNumpy().view(_number_type(entry.Type())).reshape(self.shape(tensor))
        return _dequantised(values, entry.Quantization()).astype(np.float32)

    def _operators(self) -> Iterator[Operator]:
        names = _operator_names()
        for index in range(self._subgraph.OperatorsLength()):
            operator = self._subgraph.Operators(index)
            code = self._model.OperatorCodes(operator.OpcodeIndex())
            # Files from before 2020 have the number in the deprecated byte only; whichever is larger is right (schema.fbs).
            kind = names[max(code.BuiltinCode(), code.DeprecatedBuiltinCode())]
            yield Operator(kind, tuple(operator.InputsAsNumpy().tolist()), operator.Outputs(0))


def _operator_names() -> dict[int, str]:
    import tflite

    return {number: name for name, number in vars(tflite.BuiltinOperator).items() if isinstance(number, int)}


def _number_type(kind: int) -> str:
    """The numpy type of a TFLite tensor type; the format is little-endian everywhere."""
    import tflite

    types = {
        tflite.TensorType.FLOAT32: "<f4",
        tflite.TensorType.FLOAT16: "<f2",
        tflite.TensorType.INT8: "i1",
        tflite.TensorType.UINT8: "u1",
        tflite.TensorType.INT32: "<i4",
    }
    if kind not in types:
        raise ValueError(f"tensor type {kind} is not among float32, float16, int8, uint8, int32")
    return types[kind]


def _dequantised(values: np.ndarray, quantization: Any) -> np.ndarray:
    """`values` in real units: scale * (value - zero point), per channel along the axis that the file names (TFLite spec)."""
    if quantization is None or not quantization.ScaleLength():
        return values
    import numpy as np

    shape = [1] * values.ndim
    if quantization.ScaleLength() > 1:
        shape[quantization.QuantizedDimension()] = -1
    scale = quantization.ScaleAsNumpy().reshape(shape)
    zero = quantization.ZeroPointAsNumpy().reshape(shape) if quantization.ZeroPointLength() else 0
    return (values.astype(np.int64) - zero) * scale
