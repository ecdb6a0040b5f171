"""Writes small TFLite files, to test what reads them: tensors, constants and operators, no runtime behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import flatbuffers
import numpy as np
import tflite

TYPES = {
    "float32": tflite.TensorType.FLOAT32,
    "float16": tflite.TensorType.FLOAT16,
    "int8": tflite.TensorType.INT8,
    "int32": tflite.TensorType.INT32,
}


@dataclass(frozen=True)
class Quantisation:
    scale: Sequence[float]
    zero_point: Sequence[int] = ()
    axis: int = 0


@dataclass(frozen=True)
class _Tensor:
    shape: tuple[int, ...]
    kind: str
    data: bytes
    quantisation: Quantisation | None


class TfliteFile:
    """`tensor` and `constant` give tensor numbers, `operator` gives that of its output; `content` is the file."""

    def __init__(self) -> None:
        self._tensors: list[_Tensor] = []
        self._operators: list[tuple[str, list[int], int]] = []

    def tensor(self, *shape: int) -> int:
        self._tensors.append(_Tensor(shape, "float32", b"", None))
        return len(self._tensors) - 1

    def constant(self, values: np.ndarray, quantisation: Quantisation | None = None) -> int:
        self._tensors.append(_Tensor(values.shape, str(values.dtype), values.tobytes(), quantisation))
        return len(self._tensors) - 1

    def operator(self, kind: str, *inputs: int) -> int:
        output = self.tensor(1)
        self._operators.append((kind, list(inputs), output))
        return output

    def content(self, inputs: Sequence[int]) -> bytes:
        builder = flatbuffers.Builder(1024)
        kinds = sorted({kind for kind, _, _ in self._operators})
        buffers = [self._buffer(builder, b""), *(self._buffer(builder, tensor.data) for tensor in self._tensors)]
        tensors = [self._write_tensor(builder, number, tensor) for number, tensor in enumerate(self._tensors)]
        operators = [self._write_operator(builder, kinds.index(kind), given, out) for kind, given, out in self._operators]
        codes = [self._write_code(builder, getattr(tflite.BuiltinOperator, kind)) for kind in kinds]
        graph = self._write_graph(builder, tensors, operators, inputs)
        fields = [_vector(builder, items) for items in (codes, [graph], buffers)]
        tflite.ModelStart(builder)
        tflite.ModelAddVersion(builder, 3)
        tflite.ModelAddOperatorCodes(builder, fields[0])
        tflite.ModelAddSubgraphs(builder, fields[1])
        tflite.ModelAddBuffers(builder, fields[2])
        builder.Finish(tflite.ModelEnd(builder), b"TFL3")
        return bytes(builder.Output())

    @staticmethod
    def _buffer(builder: flatbuffers.Builder, data: bytes) -> int:
        content = builder.CreateNumpyVector(np.frombuffer(data, np.uint8)) if data else None
        tflite.BufferStart(builder)
        if content is not None:
            tflite.BufferAddData(builder, content)
        return tflite.BufferEnd(builder)

    @staticmethod
    def _write_tensor(builder: flatbuffers.Builder, number: int, tensor: _Tensor) -> int:
        shape = builder.CreateNumpyVector(np.array(tensor.shape, np.int32))
        quantisation = None
        if tensor.quantisation:
            scale = builder.CreateNumpyVector(np.array(tensor.quantisation.scale, np.float32))
            zero = builder.CreateNumpyVector(np.array(tensor.quantisation.zero_point, np.int64))
            tflite.QuantizationParametersStart(builder)
            tflite.QuantizationParametersAddScale(builder, scale)
            tflite.QuantizationParametersAddZeroPoint(builder, zero)
            tflite.QuantizationParametersAddQuantizedDimension(builder, tensor.quantisation.axis)
            quantisation = tflite.QuantizationParametersEnd(builder)
        tflite.TensorStart(builder)
        tflite.TensorAddShape(builder, shape)
        tflite.TensorAddType(builder, TYPES[tensor.kind])
        tflite.TensorAddBuffer(builder, number + 1)  # buffer 0 is empty by the format's rule
        if quantisation is not None:
            tflite.TensorAddQuantization(builder, quantisation)
        return tflite.TensorEnd(builder)

    @staticmethod
    def _write_operator(builder: flatbuffers.Builder, code: int, inputs: list[int], output: int) -> int:
        read = builder.CreateNumpyVector(np.array(inputs, np.int32))
        written = builder.CreateNumpyVector(np.array([output], np.int32))
        tflite.OperatorStart(builder)
        tflite.OperatorAddOpcodeIndex(builder, code)
        tflite.OperatorAddInputs(builder, read)
        tflite.OperatorAddOutputs(builder, written)
        return tflite.OperatorEnd(builder)

    @staticmethod
    def _write_code(builder: flatbuffers.Builder, number: int) -> int:
        tflite.OperatorCodeStart(builder)
        tflite.OperatorCodeAddDeprecatedBuiltinCode(builder, number)
        return tflite.OperatorCodeEnd(builder)

    @staticmethod
    def _write_graph(builder: flatbuffers.Builder, tensors: list[int], operators: list[int], inputs: Sequence[int]) -> int:
        offsets = [_vector(builder, items) for items in (tensors, operators)]
        numbers = builder.CreateNumpyVector(np.array(inputs, np.int32))
        tflite.SubGraphStart(builder)
        tflite.SubGraphAddTensors(builder, offsets[0])
        tflite.SubGraphAddOperators(builder, offsets[1])
        tflite.SubGraphAddInputs(builder, numbers)
        return tflite.SubGraphEnd(builder)


def _vector(builder: flatbuffers.Builder, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return builder.EndVector()
